import { shipmentId } from "../idempotency/derived-ids.js";
import { allocate, type Allocation } from "../domain/allocation.js";
import type { FailureCode } from "../domain/failure.js";
import type { OrderRequest } from "../domain/order-request.js";
import { sharesOf } from "../domain/shares.js";
import { linesBySku } from "../domain/shipment.js";
import { confirmOrAskApproval } from "./confirm-order.js";
import type { OpenOrder } from "./open-order.js";
import { readBody, UnreadableBody } from "./order-body.js";
import { readAvailable } from "./stock.js";

/**
 * Binds the order to its run and takes its stock, a shipment for each warehouse it comes from. False when another run
 * serves the order already: a history that was deleted by hand does not run twice. The stock is looked at without a
 * lock and taken when the order is written; where it went meanwhile, StockMoved asks for another try.
 */
export async function reserveOrder(order: OpenOrder, runId: string): Promise<boolean> {
  if (order.row.run_id !== null && order.row.run_id !== runId) return false;
  const served = order.row.run_id !== null;
  if (!served) order.set({ run_id: runId });
  if (order.row.status !== "accepted" || (served && (await isReserved(order)))) return true;
  const body = await readOrRaise(order);
  if (!body) return true;

  const skus = [...new Set(body.lines.map(({ sku }) => sku))];
  const free = await readAvailable(order.db, order.row.tenant, skus);
  const allocations = allocate(body.lines, free);
  if (!allocations) {
    const known = new Set([...free.values()].flatMap((shelf) => [...shelf.keys()]));
    refuse(order, skus.every((sku) => known.has(sku)) ? "out_of_stock" : "unknown_sku");
    return true;
  }
  addShipments(order, allocations, sharesOf(body.lines, body.adjustments ?? [], allocations));
  order.tell("stock.reserved", "system", { articles: skus.length, shipments: allocations.length });
  if (order.row.total === 0) confirmOrAskApproval(order);
  return true;
}

function addShipments(order: OpenOrder, allocations: readonly Allocation[], shares: readonly number[]): void {
  for (const [at, { warehouse, pieces }] of allocations.entries()) {
    const id = shipmentId(order.id, warehouse);
    const lines = linesBySku(pieces);
    order.note("shipments", { id, warehouse, position: at + 1, share: shares[at] ?? 0, lines });
    for (const line of lines) order.note("takings", { shipmentId: id, warehouse, ...line });
  }
}

function refuse(order: OpenOrder, reason: FailureCode): void {
  order.tell("stock.refused", "system", { reason });
  order.fail(reason);
  if (order.row.payment_status === "pending") order.set({ payment_status: "none" });
  order.move("rejected");
  order.tell("order.rejected", "system", { reason });
}

/** An order that cannot be read calls a person; it never waits silently. */
async function readOrRaise(order: OpenOrder): Promise<OrderRequest | null> {
  try {
    return readBody(order.row);
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    await order.raise("read", "unreadable", order.row.total);
    return null;
  }
}

async function isReserved(order: OpenOrder): Promise<boolean> {
  const shipment = await order.trx
    .selectFrom("shipments")
    .select("id")
    .where("order_id", "=", order.id)
    .executeTakeFirst();
  return shipment !== undefined;
}
