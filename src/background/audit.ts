import type { Database } from "../database/database.js";
import {
  auditedOrders,
  doubleEmails,
  firstAcceptedAt,
  knownOrders,
  stockFaults,
} from "../database/queries/audited-orders.js";
import { type AuditedPayment, auditOrder } from "../domain/audit-order.js";
import type { PaymentGateway } from "../providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../providers/warehouse/warehouse-gateway.js";

/** Something that does not add up: about an order, or about none that is known. */
export interface Discrepancy {
  orderId: string | null;
  what: string;
}

export interface AuditResult {
  orders: number;
  payments: number;
  discrepancies: Discrepancy[];
}

interface Deps {
  database: Database;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
}

/** A shipment that left, by the order database. */
interface ShippedShipment {
  id: string;
  orderId: string;
}

const BATCH = 500;
const TIMEOUT_MS = 20_000;
/** Questions to the warehouse in flight. */
const CONCURRENCY = 16;

/** Proof of money: the order database against itself, the provider and the warehouse, order by order. Changes nothing. */
export async function audit(deps: Deps): Promise<AuditResult> {
  const { database, payments } = deps;
  const discrepancies: Discrepancy[] = [];
  const since = (await firstAcceptedAt(database.db)) ?? new Date();
  const byOrder = await providerPayments(payments, since);
  const shipped: ShippedShipment[] = [];
  let orders = 0;
  for await (const page of auditedOrders(database, BATCH)) {
    for (const order of page) {
      const found = auditOrder(order, byOrder.get(order.id) ?? []);
      discrepancies.push(...found.map((what) => ({ orderId: order.id, what })));
      for (const { id, shippedAt } of order.shipments) if (shippedAt !== null) shipped.push({ id, orderId: order.id });
    }
    orders += page.length;
  }
  discrepancies.push(...(await compareShipments(deps.warehouse, shipped)));
  discrepancies.push(...(await strayPayments(deps, byOrder)), ...(await stockDiscrepancies(deps)));
  for (const { orderId, kind } of await doubleEmails(database))
    discrepancies.push({ orderId, what: `the email ${kind} went out twice` });
  const count = [...byOrder.values()].reduce((sum, list) => sum + list.length, 0);
  return { orders, payments: count, discrepancies };
}

async function providerPayments(gateway: PaymentGateway, from: Date): Promise<Map<string, AuditedPayment[]>> {
  const byOrder = new Map<string, AuditedPayment[]>();
  const made = { from, to: new Date() };
  for (let after: string | null = null; ;) {
    const { items, next } = await gateway.listPayments(made, after, TIMEOUT_MS);
    for (const payment of items) {
      const orderId = payment.orderId ?? "";
      byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), payment]);
    }
    if (next === null) return byOrder;
    after = next;
  }
}

/** Shipments that left, of which the warehouse does not know it. */
async function compareShipments(
  warehouse: WarehouseGateway,
  shipped: readonly ShippedShipment[],
): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (let at = 0; at < shipped.length; at += CONCURRENCY) {
    await Promise.all(
      shipped.slice(at, at + CONCURRENCY).map(async ({ id, orderId }) => {
        const known = await warehouse.retrieve(id, TIMEOUT_MS);
        const hasLeft = known !== null && known.status !== "accepted" && known.status !== "cancelled";
        if (!hasLeft) found.push({ orderId, what: `the warehouse does not know that the shipment ${id} left` });
      }),
    );
  }
  return found;
}

/** Payments at the provider that belong to no order in the database. */
async function strayPayments(
  { database }: Deps,
  byOrder: ReadonlyMap<string, AuditedPayment[]>,
): Promise<Discrepancy[]> {
  const ids = [...byOrder.keys()].filter((id) => id !== "");
  const known = new Set<string>();
  for (let at = 0; at < ids.length; at += BATCH)
    for (const id of await knownOrders(database.db, ids.slice(at, at + BATCH))) known.add(id);
  return [...byOrder].flatMap(([orderId, payments]) =>
    known.has(orderId)
      ? []
      : payments.map(({ reference }) => ({
          orderId: null,
          what: `the payment ${reference} belongs to no order in the order database`,
        })),
  );
}

async function stockDiscrepancies({ database }: Deps): Promise<Discrepancy[]> {
  return (await stockFaults(database)).map(({ sku, warehouse, reserved, promised }) => ({
    orderId: null,
    what: `${sku} in ${warehouse}: ${reserved} is reserved, shipments need ${promised}`,
  }));
}
