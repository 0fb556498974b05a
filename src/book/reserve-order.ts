import { shipmentId } from "../idempotency/identity.js";
import { linesBySku } from "../order/shipment.js";
import { confirmOrAskApproval } from "./confirm-order.js";
import type { OpenOrder } from "./open-order.js";
import { readBody } from "./order-body.js";
import { MAIN_WAREHOUSE, reserveStock } from "./stock.js";

/**
 * Binds the order to its run and takes its stock. False when another run serves the order already: a history that
 * was deleted by hand does not run twice.
 */
export async function reserveOrder(order: OpenOrder, runId: string): Promise<boolean> {
  if (order.row.run_id !== null && order.row.run_id !== runId) return false;
  if (order.row.run_id === null) order.set({ run_id: runId });
  if (order.row.status !== "accepted" || (await isReserved(order))) return true;

  const body = readBody(order.row);
  const lines = linesBySku(body.lines);
  const shipment = { id: shipmentId(order.id, MAIN_WAREHOUSE), warehouse: MAIN_WAREHOUSE };
  await order.trx
    .insertInto("shipments")
    .values({
      id: shipment.id,
      order_id: order.id,
      warehouse: shipment.warehouse,
      position: 1,
      lines: JSON.stringify(lines),
      carrier: null,
      tracking_number: null,
      requested_at: null,
      shipped_at: null,
      delivered_at: null,
    })
    .execute();
  const refusal = await reserveStock(
    order.trx,
    { orderId: order.id, tenant: order.row.tenant, shipmentId: shipment.id, warehouse: shipment.warehouse },
    lines,
  );
  if (refusal) {
    await order.trx.deleteFrom("shipments").where("order_id", "=", order.id).execute();
    order.tell("stock.refused", "system", { reason: refusal });
    order.fail(refusal);
    order.move("rejected");
    order.tell("order.rejected", "system", { reason: refusal });
    return true;
  }
  order.tell("stock.reserved", "system", { articles: lines.length });
  if (order.row.total === 0) await confirmOrAskApproval(order);
  return true;
}

async function isReserved(order: OpenOrder): Promise<boolean> {
  const shipment = await order.trx
    .selectFrom("shipments")
    .select("id")
    .where("order_id", "=", order.id)
    .executeTakeFirst();
  return shipment !== undefined;
}
