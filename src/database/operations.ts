import { type Kysely, type Selectable, sql } from "kysely";
import { providerKey } from "../idempotency/derived-ids.js";
import type { Status } from "../domain/status.js";
import type { StepOutcome, StepsTable, Tables } from "./schema.js";

export type Step = Selectable<StepsTable>;

/**
 * The step as it was first begun; begins it when it was not, if the order's status allows. The time of the first
 * attempt is thereby written before the first call. null: the order's status allows no such step any more.
 */
export async function beginStep(
  db: Kysely<Tables>,
  orderId: string,
  step: string,
  params: Record<string, unknown>,
  allowed: readonly Status[],
): Promise<Step | null> {
  const begun = await db
    .insertInto("steps")
    .columns(["order_id", "step", "key", "params"])
    .expression((eb) =>
      eb
        .selectFrom("orders")
        .select([
          "orders.id",
          sql<string>`${step}::text`.as("step"),
          sql<string>`${providerKey(orderId, step)}::text`.as("key"),
          sql<never>`${JSON.stringify(params)}::jsonb`.as("params"),
        ])
        .where("orders.id", "=", orderId)
        .where((where) =>
          where.or([
            where("orders.status", "in", allowed),
            where.exists(
              where
                .selectFrom("steps as known")
                .select("known.step")
                .where("known.order_id", "=", orderId)
                .where("known.step", "=", step),
            ),
          ]),
        ),
    )
    .onConflict((conflict) => conflict.columns(["order_id", "step"]).doUpdateSet({ key: sql<string>`steps.key` }))
    .returningAll()
    .executeTakeFirst();
  return begun ?? null;
}

export async function findStep(db: Kysely<Tables>, orderId: string, step: string): Promise<Step | null> {
  const found = await db
    .selectFrom("steps")
    .selectAll()
    .where("order_id", "=", orderId)
    .where("step", "=", step)
    .executeTakeFirst();
  return found ?? null;
}

/** Writes what a step came to, once. Answers whether it was open till now. */
export async function decideStep(
  db: Kysely<Tables>,
  orderId: string,
  step: string,
  outcome: StepOutcome,
): Promise<boolean> {
  const decided = await db
    .updateTable("steps")
    .set({ outcome: JSON.stringify(outcome), decided_at: sql<Date>`now()` })
    .where("order_id", "=", orderId)
    .where("step", "=", step)
    .where("outcome", "is", null)
    .executeTakeFirst();
  return decided.numUpdatedRows === 1n;
}

/** Another round of a step: its key is the first one's and the round's number. */
const NEXT_ROUND = {
  outcome: null,
  decided_at: null,
  round: sql<number>`steps.round + 1`,
  key: sql<string>`split_part(steps.key, '#', 1) || '#' || (steps.round + 1)`,
  first_attempt_at: sql<Date>`now()`,
};

/** Opens a step that was refused for another round: under a new key, since a provider replays what it refused. */
export async function reopenStep(db: Kysely<Tables>, orderId: string, step: string): Promise<void> {
  await db
    .updateTable("steps")
    .set(NEXT_ROUND)
    .where("order_id", "=", orderId)
    .where("step", "=", step)
    .where(sql<boolean>`outcome->>'result' in ('refused', 'mismatch')`)
    .execute();
}

/** Begins a step, or begins it once more under a new key where it had come to an end; null where it is open. */
export async function beginAnew(
  db: Kysely<Tables>,
  orderId: string,
  step: string,
  params: Record<string, unknown>,
): Promise<Step | null> {
  const begun = await db
    .insertInto("steps")
    .values({
      order_id: orderId,
      step,
      key: providerKey(orderId, step),
      params: JSON.stringify(params),
      decided_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(["order_id", "step"]).doUpdateSet(NEXT_ROUND).where("steps.outcome", "is not", null),
    )
    .returningAll()
    .executeTakeFirst();
  return begun ?? null;
}

/** Names of the steps that have a shipment each. */
export const stepOf = {
  authorize: "authorize",
  void: "void",
  /** A payment may come to life again after its order ended; that void is a step of its own. */
  lateVoid: "void/late",
  capture: (shipmentId: string) => `capture/${shipmentId}`,
  request: (shipmentId: string) => `request/${shipmentId}`,
  recall: (shipmentId: string) => `recall/${shipmentId}`,
  refund: (refundId: string) => `refund/${refundId}`,
  delivery: (shipmentId: string) => `delivery/${shipmentId}`,
} as const;

/** A person's word over whatever the step came to, or did not. */
export async function overrideStep(
  db: Kysely<Tables>,
  orderId: string,
  step: string,
  outcome: StepOutcome,
): Promise<void> {
  await db
    .updateTable("steps")
    .set({ outcome: JSON.stringify(outcome), decided_at: sql<Date>`now()` })
    .where("order_id", "=", orderId)
    .where("step", "=", step)
    .execute();
}
