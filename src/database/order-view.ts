import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { AttentionCause } from "../domain/attention.js";
import type { ShipmentLine, ShipmentStatus } from "../domain/shipment.js";
import type { ShownStatus } from "../domain/status.js";
import { amountsColumn, type Amounts } from "./ledger.js";
import type { OrderRow } from "./open-order.js";
import type { Tables } from "./schema.js";

export interface ShipmentView {
  id: string;
  status: ShipmentStatus;
  lines: ShipmentLine[];
  carrier: string | null;
  trackingNumber: string | null;
}

export interface AttentionView {
  step: string;
  cause: AttentionCause;
  amount: number;
  since: string;
}

/** Everything a reader sees of an order, in one row. */
export type OrderView = Pick<
  OrderRow,
  | "id"
  | "seq"
  | "tenant"
  | "status"
  | "currency"
  | "total"
  | "body"
  | "body_version"
  | "failure_code"
  | "payment_status"
  | "payment_reference"
  | "payment_action_url"
  | "created_at"
  | "updated_at"
  | "purged_at"
> & { amounts: Amounts; shipments: ShipmentView[]; attention: AttentionView | null };

function selectView(db: Kysely<Tables>) {
  return db
    .selectFrom("orders")
    .select([
      "id",
      "seq",
      "tenant",
      "status",
      "currency",
      "total",
      "body",
      "body_version",
      "failure_code",
      "payment_status",
      "payment_reference",
      "payment_action_url",
      "created_at",
      "updated_at",
      "purged_at",
    ])
    .select((eb) => [
      amountsColumn(eb.ref("orders.id")).as("amounts"),
      sql<ShipmentView[]>`(select coalesce(jsonb_agg(jsonb_build_object(
          'id', id, 'status', status, 'lines', lines, 'carrier', carrier, 'trackingNumber', tracking_number
        ) order by position), '[]') from shipments where order_id = orders.id)`.as("shipments"),
      sql<AttentionView | null>`(select jsonb_build_object('step', step, 'cause', cause, 'amount', amount, 'since', since)
        from attentions where order_id = orders.id and resolved_at is null order by seq limit 1)`.as("attention"),
    ]);
}

export async function viewOrder(db: Kysely<Tables>, id: string): Promise<OrderView | null> {
  return (await selectView(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

export interface ListFilter {
  status?: ShownStatus | undefined;
  reference?: string | undefined;
  createdAfter?: Date | undefined;
  createdBefore?: Date | undefined;
}

/** Where an order stands in a list: what is newer comes first, of one moment what was accepted later. */
export interface Place {
  createdAt: Date;
  seq: number;
}

/** A tenant's orders, newest first, `limit` of those behind a place. */
export async function listOrders(
  db: Kysely<Tables>,
  tenant: string,
  filter: ListFilter,
  limit: number,
  behind: Place | null,
): Promise<OrderView[]> {
  let query = selectView(db).where("tenant", "=", tenant).where("purged_at", "is", null);
  if (behind) query = query.where(sql<boolean>`(created_at, seq) < (${behind.createdAt}, ${behind.seq})`);
  if (filter.reference !== undefined) query = query.where("reference", "=", filter.reference);
  if (filter.createdAfter) query = query.where("created_at", ">=", filter.createdAfter);
  if (filter.createdBefore) query = query.where("created_at", "<", filter.createdBefore);
  if (filter.status !== undefined) query = query.where((eb) => ofStatus(eb, filter.status as ShownStatus));
  return query.orderBy("created_at", "desc").orderBy("seq", "desc").limit(limit).execute();
}

/** By what is shown: an open order in attention is found under `needs_attention` alone. */
function ofStatus(eb: ExpressionBuilder<Tables, "orders">, status: ShownStatus) {
  const attention = eb.exists(
    eb.selectFrom("attentions").select("seq").whereRef("order_id", "=", "orders.id").where("resolved_at", "is", null),
  );
  if (status === "needs_attention") return attention;
  return eb.and([eb("status", "=", status), eb.or([eb("closed_at", "is not", null), eb.not(attention)])]);
}
