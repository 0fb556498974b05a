import { type AuditRow, auditRows, firstAcceptedAt, lostReservations, stockFaults } from "../database/audit-rows.js";
import type { OrderBook } from "../database/order-book.js";
import type { PaymentGateway } from "../providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../providers/warehouse/warehouse-gateway.js";
import type { Payment } from "../domain/payment.js";
import { isToCome } from "../domain/shipment.js";
import { isFinal } from "../domain/status.js";

/** Something that does not add up: about an order, or about nobody's. */
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
  book: OrderBook;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
}

/** A shipment that left, by the book. */
interface Parcel {
  id: string;
  orderId: string;
}

type ProviderPayment = Payment & { refunded: number };

const BATCH = 500;
const TIMEOUT_MS = 20_000;
/** Questions to the warehouse under way at once. */
const AT_ONCE = 16;

/** Proof of money: the book against itself, the provider and the warehouse, order by order. Changes nothing. */
export async function auditOrders(deps: Deps): Promise<AuditResult> {
  const discrepancies: Discrepancy[] = [];
  const since = (await firstAcceptedAt(deps.book.db)) ?? new Date();
  const byOrder = await providerPayments(deps.payments, since);
  let orders = 0;
  const parcels: Parcel[] = [];
  for await (const rows of auditRows(deps.book, BATCH)) {
    for (const row of rows) {
      discrepancies.push(...weigh(row, byOrder.get(row.id) ?? []));
      for (const { id, left } of row.shipments) if (left) parcels.push({ id, orderId: row.id });
    }
    orders += rows.length;
  }
  discrepancies.push(...(await compareParcels(deps.warehouse, parcels)));
  discrepancies.push(...(await strayPayments(deps, byOrder)), ...(await stockDiscrepancies(deps)));
  const payments = [...byOrder.values()].reduce((sum, list) => sum + list.length, 0);
  return { orders, payments, discrepancies };
}

async function providerPayments(gateway: PaymentGateway, since: Date): Promise<Map<string, ProviderPayment[]>> {
  const byOrder = new Map<string, ProviderPayment[]>();
  for (let after: string | null = null; ;) {
    const { payments, next } = await gateway.listPayments(since, after, TIMEOUT_MS);
    for (const payment of payments) {
      const key = payment.orderId ?? "";
      byOrder.set(key, [...(byOrder.get(key) ?? []), payment]);
    }
    if (next === null) return byOrder;
    after = next;
  }
}

/** An order's money by its ledger, its shipments and the provider. */
function weigh(row: AuditRow, payments: readonly ProviderPayment[]): Discrepancy[] {
  const { amounts } = row;
  const faults: string[] = [];
  const sum = (of: (payment: ProviderPayment) => number) => payments.reduce((total, payment) => total + of(payment), 0);
  const received = sum((payment) => payment.received);
  const refunded = sum((payment) => payment.refunded);
  if (received !== amounts.captured)
    faults.push(`the provider captured ${received}, the book knows of ${amounts.captured}`);
  if (refunded !== amounts.refunded && row.openRefunds === 0) {
    faults.push(`the provider refunded ${refunded}, the book knows of ${amounts.refunded}`);
  }
  for (const payment of payments) {
    if (payment.reference !== row.paymentReference)
      faults.push(`the payment ${payment.reference} is not known to the book`);
    else if (payment.amount !== row.total)
      faults.push(`the provider's payment is of ${payment.amount}, the order of ${row.total}`);
  }
  if (amounts.refunded > amounts.captured) faults.push("more was refunded than captured");
  if (isFinal(row.status))
    faults.push(
      ...weighEnded(
        row,
        sum((payment) => payment.capturable),
      ),
    );
  for (const kind of row.doubleMails) faults.push(`the mail ${kind} went out twice`);
  return faults.map((what) => ({ orderId: row.id, what }));
}

function weighEnded(row: AuditRow, capturable: number): string[] {
  const { held, captured, refunded } = row.amounts;
  const delivered = row.shipments.filter(({ status, left }) => left && status !== "failed");
  const worth = delivered.reduce((sum, { share }) => sum + share, 0);
  const waived = delivered.reduce((sum, { share, waived: isWaived }) => sum + (isWaived ? share : 0), 0);
  const kept = captured - row.ownRefunds;
  // The shop had given back what a shipment that failed later was worth.
  const givenBack = kept > worth && captured - refunded <= worth;
  const paid = (kept <= worth && kept >= worth - waived) || givenBack;
  return [
    ...row.shipments
      .filter(({ status }) => isToCome(status))
      .map(({ id, status }) => `the shipment ${id} is ${status} although the order has ended`),
    ...(held === 0 ? [] : [`${held} are still held although the order has ended`]),
    ...(capturable === 0 ? [] : [`the provider still holds ${capturable} although the order has ended`]),
    ...(paid || row.openRefunds > 0 ? [] : [`${kept} were kept for goods worth ${worth}`]),
  ];
}

/** Shipments that left, of which the warehouse does not know it. */
async function compareParcels(warehouse: WarehouseGateway, parcels: readonly Parcel[]): Promise<Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (let at = 0; at < parcels.length; at += AT_ONCE) {
    await Promise.all(
      parcels.slice(at, at + AT_ONCE).map(async ({ id, orderId }) => {
        const standing = await warehouse.track(id, TIMEOUT_MS);
        const left = standing !== null && standing.status !== "accepted" && standing.status !== "cancelled";
        if (!left) found.push({ orderId, what: `the warehouse does not know that the shipment ${id} left` });
      }),
    );
  }
  return found;
}

/** Payments at the provider that no order in the book is behind. */
async function strayPayments({ book }: Deps, byOrder: ReadonlyMap<string, ProviderPayment[]>): Promise<Discrepancy[]> {
  const ids = [...byOrder.keys()].filter((id) => id !== "");
  const known = new Set<string>();
  for (let at = 0; at < ids.length; at += BATCH) {
    const rows = await book.db
      .selectFrom("orders")
      .select("id")
      .where("id", "in", ids.slice(at, at + BATCH))
      .execute();
    for (const { id } of rows) known.add(id);
  }
  return [...byOrder].flatMap(([orderId, payments]) =>
    known.has(orderId)
      ? []
      : payments.map(({ reference }) => ({
          orderId: null,
          what: `the payment ${reference} belongs to no order in the book`,
        })),
  );
}

async function stockDiscrepancies({ book }: Deps): Promise<Discrepancy[]> {
  const faults = await stockFaults(book.db);
  const lost = await lostReservations(book.db);
  return [
    ...faults.map(({ sku, warehouse, reserved, promised }) => ({
      orderId: null,
      what: `${sku} in ${warehouse}: ${reserved} reserved, orders reserved ${promised}`,
    })),
    ...lost.map(({ orderId, sku }) => ({ orderId, what: `${sku} is still reserved` })),
  ];
}
