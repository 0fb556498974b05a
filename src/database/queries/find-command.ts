import type { Selectable } from "kysely";
import type { Session } from "../pool.js";
import type { CommandsTable } from "../schema.js";

export type CommandRow = Selectable<CommandsTable>;

export async function findCommand(session: Session, id: string): Promise<CommandRow | null> {
  return (await session.query<CommandRow>("select * from commands where id = $1", [id]))[0] ?? null;
}
