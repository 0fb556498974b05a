import { type Selectable, sql } from "kysely";
import { isGivenUp } from "../domain/shipment.js";
import { STATUSES } from "../domain/status.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { beginStep, findStep, type Step, stepOf } from "./operations.js";
import type { ShipmentsTable, StepOutcome } from "./schema.js";

/** What is taken for a shipment. */
export interface CaptureShare {
  amount: number;
  /** Whether the rest of the authorization is let go with it. */
  final: boolean;
}

type Shipment = Pick<Selectable<ShipmentsTable>, "id" | "status" | "share" | "shipped_at">;

/**
 * Begins the capture of a shipment that left (E9). Where the provider grants several captures each shipment takes its
 * own share; else the first takes all that is held and not asked for yet, less what was given up before.
 */
export async function beginCapture(order: OpenOrder, shipment: Shipment, others: readonly Shipment[]): Promise<void> {
  const { held } = await amountsOf(order.trx, order.id);
  const asked = others.length === 0 ? [] : await openCaptures(order);
  const free = held - asked.reduce((sum, { amount }) => sum + amount, 0);
  const givenUp = others.filter(neverLeft).reduce((sum, { share }) => sum + share, 0);
  const amount = order.row.multicapture ? Math.min(shipment.share, free) : free - givenUp;
  if (amount <= 0) return;
  // Of several captures the one that is made last lets the rest go: which one that is shows when it is made.
  const final = order.row.multicapture && others.length > 0 ? null : true;
  await beginStep(order.trx, order.id, stepOf.capture(shipment.id), { amount, final }, STATUSES);
}

/** The share as it was begun; null when it is still to be fixed which capture is the last one. */
export function shareOf({ params }: Step): CaptureShare | null {
  return params["final"] === null ? null : (params as unknown as CaptureShare);
}

/** Fixes, before a capture is first asked for, whether it is the last: every repeat is then the same request (E3). */
export async function fixShare(order: OpenOrder, shipmentId: string): Promise<CaptureShare | null> {
  const name = stepOf.capture(shipmentId);
  const open = await openCaptures(order, "refused"); // which a person may have tried again
  const toCome = await order.trx
    .selectFrom("shipments")
    .select("id")
    .where("order_id", "=", order.id)
    .where("status", "in", ["pending", "requested"])
    .executeTakeFirst();
  const final = !toCome && open.every(({ step }) => step === name);
  await order.trx
    .updateTable("steps")
    .set({ params: sql`jsonb_set(params, '{final}', to_jsonb(${final}::boolean))` })
    .where("order_id", "=", order.id)
    .where("step", "=", name)
    .where(sql<boolean>`params->'final' = 'null'`)
    .execute();
  const step = await findStep(order.trx, order.id, name);
  return step && shareOf(step);
}

export function neverLeft({ status, shipped_at }: Pick<Shipment, "status" | "shipped_at">): boolean {
  return isGivenUp(status) && shipped_at === null;
}

/** Captures that were begun and have no outcome yet, or just this one. */
async function openCaptures(
  order: OpenOrder,
  orResult: StepOutcome["result"] | null = null,
): Promise<{ step: string; amount: number }[]> {
  return order.trx
    .selectFrom("steps")
    .select(["step", sql<number>`(params->>'amount')::bigint`.as("amount")])
    .where("order_id", "=", order.id)
    .where("step", "like", `${stepOf.capture("")}%`)
    .where((where) => where.or([where("outcome", "is", null), sql<boolean>`outcome->>'result' = ${orResult}`]))
    .execute();
}
