import { readApiKeys } from "../services/manage-api-keys.js";
import type { ConsoleDeps } from "./console-deps.js";
import type { Session } from "./session.js";

/** The names of the tenant's API keys by their ids, for who may know them. */
export async function readKeyNames(
  { api, tenant }: Session,
  deps: Pick<ConsoleDeps, "database">,
): Promise<ReadonlyMap<string, string>> {
  if (!api.mayRead("operator")) return new Map();
  const keys = await readApiKeys(deps, tenant);
  return new Map(keys.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}
