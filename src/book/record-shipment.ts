import type { Selectable } from "kysely";
import { hasLeft, type WarehouseShipment } from "../order/shipment.js";
import { type Status, STATUSES } from "../order/status.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { giveBackShares } from "./give-back-shares.js";
import type { CaptureShare } from "./record-capture.js";
import { releaseStock, shipStock } from "./stock.js";
import { beginStep, stepOf } from "./steps.js";
import type { ShipmentsTable } from "./tables.js";

type ShipmentRow = Selectable<ShipmentsTable>;

/** What the warehouse says of a shipment: its answer, an event or a poll, in any order and any number. */
export async function recordShipment(order: OpenOrder, news: WarehouseShipment): Promise<void> {
  const shipment = await findShipment(order, news.id);
  if (!shipment || shipment.status === "failed" || shipment.status === "recalled") return;
  if (news.status === "accepted") return requested(order, shipment);
  if (news.status === "cancelled") return recalled(order, shipment);
  if (news.status === "failed") return failed(order, shipment);
  if (!hasLeft(shipment.status)) await shipped(order, shipment, news);
  if (news.status === "delivered" && shipment.status !== "delivered") await delivered(order, shipment);
}

async function requested(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  if (shipment.status !== "pending") return;
  await update(order, shipment.id, { status: "requested", requested_at: new Date() });
  order.tell("shipment.requested", "system", { shipment: shipment.id, warehouse: shipment.warehouse });
}

async function shipped(order: OpenOrder, shipment: ShipmentRow, news: WarehouseShipment): Promise<void> {
  await update(order, shipment.id, {
    status: "shipped",
    shipped_at: new Date(),
    carrier: news.carrier,
    tracking_number: news.trackingNumber,
  });
  await shipStock(order.trx, { orderId: order.id, shipmentId: shipment.id });
  order.tell("shipment.shipped", "warehouse", { shipment: shipment.id });
  if (order.row.status === "cancelling") {
    order.set({ failure_code: null });
    order.tell("cancel.lost", "system", { shipment: shipment.id });
  }
  await order.mail("shipped", shipment.id);
  await beginCapture(order, shipment);
  await moveOn(order);
}

/**
 * What is taken for a shipment that left (E9). Where the provider grants several captures each shipment takes its own
 * share; else the first takes all that is held, less what was given up before. The last one lets the rest go.
 */
async function beginCapture(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  const { held } = await amountsOf(order.trx, order.id);
  const others = (await shipmentsOf(order)).filter(({ id }) => id !== shipment.id);
  const toCome = others.filter(({ status }) => status === "pending" || status === "requested");
  const givenUp = others.filter(neverLeft).reduce((sum, { share }) => sum + share, 0);
  const share: CaptureShare = order.row.multicapture
    ? { amount: Math.min(shipment.share, held), final: toCome.length === 0 }
    : { amount: Math.max(held - givenUp, 0), final: true };
  if (share.amount === 0) return;
  await beginStep(order.trx, order.id, stepOf.capture(shipment.id), { ...share }, STATUSES);
}

async function delivered(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  await update(order, shipment.id, { status: "delivered", delivered_at: new Date() });
  order.tell("shipment.delivered", "warehouse", { shipment: shipment.id });
}

async function failed(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  const afterShipping = hasLeft(shipment.status);
  await update(order, shipment.id, { status: "failed" });
  order.tell("shipment.failed", "warehouse", { shipment: shipment.id, afterShipping });
  if (afterShipping) await giveBackShares(order);
  else await giveUpShipment(order, shipment.id);
}

/** The shipment never leaves: its units go back, and an order of which nothing ships ends through `cancelling`. */
export async function giveUpShipment(order: OpenOrder, shipmentId: string): Promise<void> {
  if (await releaseStock(order.trx, { orderId: order.id, shipmentId })) order.tell("stock.released", "system", { shipment: shipmentId });
  await giveBackShares(order);
  const going = (await shipmentsOf(order)).some(({ status }) => status !== "failed" && status !== "recalled");
  if (going || order.row.status !== "confirmed") return moveOn(order);
  order.fail("shipment_failed");
  order.move("cancelling");
}

async function recalled(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  await update(order, shipment.id, { status: "recalled" });
  await order.calm(stepOf.request(shipment.id));
  order.tell("shipment.recalled", "warehouse", { shipment: shipment.id });
  await giveUpShipment(order, shipment.id);
}

/**
 * `shipped` once all that ships has left, `partially_shipped` before; those that never ship do not count. A cancel
 * that is lost takes back what it still can before the order leaves `cancelling`.
 */
async function moveOn(order: OpenOrder): Promise<void> {
  const counting = (await shipmentsOf(order)).filter(({ status }) => status !== "failed" && status !== "recalled");
  const left = counting.filter((row) => hasLeft(row.status)).length;
  if (order.row.status === "cancelling" && left < counting.length) return;
  const to: Status | null = left === 0 ? null : left === counting.length ? "shipped" : "partially_shipped";
  if (to !== null && order.can(to)) order.move(to);
}

function shipmentsOf(order: OpenOrder): Promise<ShipmentRow[]> {
  return order.trx.selectFrom("shipments").selectAll().where("order_id", "=", order.id).orderBy("position").execute();
}

function neverLeft({ status, shipped_at }: ShipmentRow): boolean {
  return (status === "failed" || status === "recalled") && shipped_at === null;
}

async function findShipment(order: OpenOrder, id: string): Promise<ShipmentRow | undefined> {
  return order.trx.selectFrom("shipments").selectAll().where("id", "=", id).where("order_id", "=", order.id).executeTakeFirst();
}

async function update(order: OpenOrder, id: string, changes: Partial<Omit<ShipmentRow, "id" | "order_id" | "lines">>): Promise<void> {
  await order.trx.updateTable("shipments").set(changes).where("id", "=", id).execute();
}
