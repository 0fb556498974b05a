import type { Selectable } from "kysely";
import { hasLeft, isGivenUp, type WarehouseShipment } from "../domain/shipment.js";
import type { Status } from "../domain/status.js";
import { beginCapture, neverLeft } from "./capture-share.js";
import { giveBackShares } from "./give-back-shares.js";
import { firstLook } from "./due-polls.js";
import type { OpenOrder } from "./open-order.js";
import { releaseStock, shipStock } from "./stock.js";
import { decideStep, stepOf } from "./operations.js";
import type { ShipmentsTable, StepOutcome } from "./schema.js";

type ShipmentRow = Selectable<ShipmentsTable>;

/** How far the clocks of two workers may differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * What the warehouse says of a shipment: its answer, an event or a poll, in any order and any number. False when the
 * shipment is not this order's.
 */
export async function recordShipment(order: OpenOrder, news: WarehouseShipment): Promise<boolean> {
  const shipment = await findShipment(order, news.id);
  if (!shipment) return false;
  if (!isGivenUp(shipment.status)) await recordNews(order, shipment, news);
  return true;
}

/** The warehouse's answer to a request: that it took the shipment, and what it tells of it besides. */
export async function recordRequest(
  order: OpenOrder,
  shipment: Pick<ShipmentRow, "id" | "warehouse">,
  news: WarehouseShipment,
): Promise<void> {
  const step = stepOf.request(shipment.id);
  const outcome: StepOutcome = { result: "done", reference: news.id };
  if (!order.isLocked && news.status === "accepted") {
    order.note("decided", { step, outcome });
    order.note("requested", { id: shipment.id });
    return tellRequested(order, shipment);
  }
  await decideStep(order.trx, order.id, step, outcome);
  await recordShipment(order, { ...news, status: "accepted" });
  if (news.status !== "accepted") await recordShipment(order, news);
}

export async function recordRequestRefusal(order: OpenOrder, shipmentId: string, reason: string): Promise<void> {
  const step = stepOf.request(shipmentId);
  await decideStep(order.trx, order.id, step, { result: "refused", reference: reason });
  await order.raise(step, "shipment_refused", order.row.total);
}

async function recordNews(order: OpenOrder, shipment: ShipmentRow, news: WarehouseShipment): Promise<void> {
  if (news.status === "accepted") return requested(order, shipment);
  if (news.status === "cancelled") return recalled(order, shipment);
  if (news.status === "failed") return failed(order, shipment);
  if (!hasLeft(shipment.status)) await shipped(order, shipment, news);
  // Of its delivery, which was told first, the warehouse says no carrier.
  else if (shipment.carrier === null && news.carrier !== null) await update(order, shipment.id, carriage(news));
  if (news.status === "delivered" && shipment.status !== "delivered") await delivered(order, shipment);
}

async function requested(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  if (shipment.status !== "pending") return;
  await update(order, shipment.id, { status: "requested", requested_at: new Date(), look_at: firstLook() });
  tellRequested(order, shipment);
}

function tellRequested(order: OpenOrder, { id, warehouse }: Pick<ShipmentRow, "id" | "warehouse">): void {
  order.tell("shipment.requested", "system", { shipment: id, warehouse });
}

async function shipped(order: OpenOrder, shipment: ShipmentRow, news: WarehouseShipment): Promise<void> {
  await update(order, shipment.id, {
    status: "shipped",
    shipped_at: new Date(),
    look_at: firstLook(),
    ...carriage(news),
  });
  order.atTheEnd(() => shipStock(order.trx, { orderId: order.id, shipmentId: shipment.id }));
  order.tell("shipment.shipped", "warehouse", { shipment: shipment.id });
  if (order.row.status === "cancelling") {
    order.set({ failure_code: null });
    order.tell("cancel.lost", "system", { shipment: shipment.id });
  }
  order.mail("shipped", shipment.id);
  await beginCapture(
    order,
    shipment,
    (await shipmentsOf(order)).filter(({ id }) => id !== shipment.id),
  );
  await moveOn(order);
}

function carriage({ carrier, trackingNumber }: WarehouseShipment) {
  return { carrier, tracking_number: trackingNumber };
}

async function delivered(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  await update(order, shipment.id, { status: "delivered", delivered_at: new Date() });
  order.tell("shipment.delivered", "warehouse", { shipment: shipment.id });
  await calmOverdue(order, shipment);
}

/** The person who was called for a late delivery is let go: it came, or never will. */
async function calmOverdue(order: OpenOrder, { id, shipped_at: shippedAt }: ShipmentRow): Promise<void> {
  if (shippedAt && Date.now() > shippedAt.getTime() + order.row.policy.deliveryDeadlineMs - CLOCK_SKEW_MS)
    await order.calm(stepOf.delivery(id));
}

async function failed(order: OpenOrder, shipment: ShipmentRow): Promise<void> {
  const afterShipping = hasLeft(shipment.status);
  await update(order, shipment.id, { status: "failed" });
  order.tell("shipment.failed", "warehouse", { shipment: shipment.id, afterShipping });
  await calmOverdue(order, shipment);
  if (afterShipping) await giveBackShares(order);
  else await giveUpShipment(order, shipment.id);
}

/** The shipment never leaves: its units go back, and an order of which nothing ships ends through `cancelling`. */
async function giveUpShipment(order: OpenOrder, shipmentId: string): Promise<void> {
  if (await releaseStock(order.trx, { orderId: order.id, shipmentId }))
    order.tell("stock.released", "system", { shipment: shipmentId });
  await giveBackShares(order);
  const going = (await shipmentsOf(order)).some(({ status }) => !isGivenUp(status));
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
  const counting = (await shipmentsOf(order)).filter((row) => !neverLeft(row));
  const left = counting.filter((row) => row.shipped_at !== null).length;
  if (order.row.status === "cancelling" && left < counting.length) return;
  const to: Status | null = left === 0 ? null : left === counting.length ? "shipped" : "partially_shipped";
  if (to !== null && order.can(to)) order.move(to);
}

function shipmentsOf(order: OpenOrder): Promise<ShipmentRow[]> {
  return order.trx.selectFrom("shipments").selectAll().where("order_id", "=", order.id).orderBy("position").execute();
}

async function findShipment(order: OpenOrder, id: string): Promise<ShipmentRow | undefined> {
  return order.trx
    .selectFrom("shipments")
    .selectAll()
    .where("id", "=", id)
    .where("order_id", "=", order.id)
    .executeTakeFirst();
}

async function update(
  order: OpenOrder,
  id: string,
  changes: Partial<Omit<ShipmentRow, "id" | "order_id" | "lines">>,
): Promise<void> {
  await order.trx.updateTable("shipments").set(changes).where("id", "=", id).execute();
}
