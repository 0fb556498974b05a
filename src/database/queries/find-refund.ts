import type { Selectable } from "kysely";
import type { Session } from "../pool.js";
import type { RefundsTable } from "../schema.js";

export type RefundRow = Selectable<RefundsTable>;

export async function findRefund(session: Session, id: string): Promise<RefundRow | null> {
  return (await session.query<RefundRow>("select * from refunds where id = $1", [id]))[0] ?? null;
}

/** An order's refunds, oldest first. */
export function listRefunds(session: Session, orderId: string): Promise<RefundRow[]> {
  return session.query<RefundRow>("select * from refunds where order_id = $1 order by position", [orderId]);
}
