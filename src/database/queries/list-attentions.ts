import { type Kysely, sql } from "kysely";
import type { AcceptedResolution, AttentionCause } from "../../domain/attention.js";
import type { Tables } from "../schema.js";
import type { Cursor } from "./list-orders.js";

export interface OpenAttention {
  id: string;
  orderId: string;
  step: string;
  cause: AttentionCause;
  since: Date;
  amount: number;
  currency: string;
  resolution: AcceptedResolution | null;
}

/** A tenant's open attentions, oldest first, at most `limit` of those after a cursor. */
export async function listAttentions(
  db: Kysely<Tables>,
  tenant: string,
  filter: { cause?: AttentionCause | undefined },
  limit: number,
  after: Cursor | null,
): Promise<OpenAttention[]> {
  let query = db
    .selectFrom("attentions")
    .innerJoin("orders", "orders.id", "attentions.order_id")
    .select([
      "attentions.id",
      "attentions.order_id as orderId",
      "attentions.step",
      "attentions.cause",
      "attentions.since",
      "attentions.amount",
      "orders.currency",
      "attentions.resolution",
    ])
    .where("attentions.tenant", "=", tenant)
    .where("attentions.resolved_at", "is", null);
  if (filter.cause) query = query.where("attentions.cause", "=", filter.cause);
  if (after) query = query.where(sql<boolean>`(attentions.since, attentions.id) > (${after.at}, ${after.id})`);
  return query.orderBy("attentions.since").orderBy("attentions.id").limit(limit).execute();
}

/** Open attentions, of one order or of all tenants, for emails that were given up and that no resolution was accepted for. */
export async function listUndeliveredEmails(
  db: Kysely<Tables>,
  orderId: string | null,
): Promise<{ id: string; orderId: string; tenant: string }[]> {
  let query = db
    .selectFrom("attentions")
    .select(["id", "order_id as orderId", "tenant"])
    .where("cause", "=", "email_undelivered")
    .where("resolved_at", "is", null)
    .where("resolution", "is", null)
    .orderBy("since");
  if (orderId !== null) query = query.where("order_id", "=", orderId);
  return query.execute();
}
