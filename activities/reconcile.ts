import type { OrderBook } from "../src/database/order-book.js";
import { amountsOf } from "../src/database/ledger.js";
import { storeEvent } from "../src/database/provider-events.js";
import {
  type Finding,
  lastReconciliation,
  leaveStart,
  leaveWord,
  lostNews,
  openOrders,
  openRefunds,
  ordersWithoutStart,
  saveReconciliation,
  stuckMails,
} from "../src/database/reconciliation.js";
import type { Notice } from "../src/database/schema.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import { isOrderId } from "../src/idempotency/derived-ids.js";
import type { Payment } from "../src/domain/payment.js";
import type { Runs } from "../src/domain/run-state.js";

interface Deps {
  book: OrderBook;
  payments: PaymentGateway;
  runs: Runs;
}

/** So much is looked at in one comparison; the next one goes on. */
const BATCH = 200;
/** The next comparison goes on behind these. */
const OPEN_ORDERS = 500;
const PAYMENT_PAGES = 20;
/** Payments older than this were compared before. */
const PAYMENT_WINDOW_MS = 26 * 3_600_000;
/** Younger payments may still be on their way into the book. */
const PAYMENT_SETTLED_MS = 60_000;

/**
 * Compares book, provider and runs (E12 of the mission). What a rule can settle it settles by leaving word in the
 * outbox, as if the news had just come; everything it does is harmless twice, so two may run at once.
 */
export function createReconcileActivities({ book, payments, runs }: Deps) {
  const { db } = book;

  const lostStarts = async (): Promise<Finding[]> => {
    const suspects = await ordersWithoutStart(db, BATCH);
    for (const suspect of suspects) await leaveStart(db, { ...suspect, workflow: "order", orderId: suspect.id });
    return suspects.map(({ id }) => ({ kind: "start_lost", orderId: id, detail: "its run is started again" }));
  };

  const lostRuns = async (): Promise<{ checked: number; resumeAfter: number; findings: Finding[] }> => {
    const last = await lastReconciliation(db);
    const orders = await openOrders(db, last?.result.resumeAfter ?? 0, OPEN_ORDERS);
    const findings: Finding[] = [];
    for (const order of orders) {
      const served = (await runs.ofOrder(order.id)) === "open" || (await runs.ofSettler(order.id)) === "open";
      if (served) continue;
      await leaveWord(db, order, resume(order.id));
      findings.push({ kind: "run_lost", orderId: order.id, detail: "a run beside it takes the order over" });
    }
    const resumeAfter = orders.length < OPEN_ORDERS ? 0 : (orders.at(-1)?.seq ?? 0);
    return { checked: orders.length, resumeAfter, findings };
  };

  const lostRefunds = async (): Promise<Finding[]> => {
    const findings: Finding[] = [];
    for (const refund of await openRefunds(db, BATCH)) {
      if ((await runs.ofRefund(refund.id)) === "open") continue;
      await leaveStart(db, { ...refund, workflow: "refund" });
      findings.push({ kind: "run_lost", orderId: refund.orderId, detail: `the refund ${refund.id} is taken up again` });
    }
    return findings;
  };

  const news = async (): Promise<Finding[]> => {
    const lost = await lostNews(db, BATCH);
    for (const { notice, ...suspect } of lost) await leaveWord(db, suspect, notice);
    return lost.map(({ id, notice }) => ({ kind: "news_lost", orderId: id, detail: `${notice.kind} is told again` }));
  };

  const mails = async (): Promise<Finding[]> => {
    const found = await stuckMails(db, BATCH);
    for (const { id, tenant, status } of found) {
      if (status === "queued") await leaveWord(db, { id, tenant }, resume(id));
    }
    return found.map(({ id, kind, status }) => ({
      kind: status === "queued" ? "mail_stuck" : "mail_unknown",
      orderId: id,
      detail: kind,
    }));
  };

  const providerPayments = async (): Promise<{ checked: number; findings: Finding[] }> => {
    const findings: Finding[] = [];
    const since = new Date(Date.now() - PAYMENT_WINDOW_MS);
    let checked = 0;
    let after: string | null = null;
    for (let page = 0; page < PAYMENT_PAGES; page++) {
      const { payments: found, next } = await payments.listPayments(since, after, 10_000);
      for (const payment of found) {
        const finding = await comparePayment(payment);
        if (finding) findings.push(finding);
      }
      checked += found.length;
      if (next === null) break;
      after = next;
    }
    return { checked, findings };
  };

  const comparePayment = async (payment: Payment): Promise<Finding | null> => {
    const { orderId, reference } = payment;
    const order =
      orderId !== null && isOrderId(orderId)
        ? await db.selectFrom("orders").selectAll().where("id", "=", orderId).executeTakeFirst()
        : undefined;
    if (!order) return { kind: "payment_without_order", orderId: null, detail: reference };
    if (Date.now() - order.updated_at.getTime() < PAYMENT_SETTLED_MS || order.purged_at !== null) return null;
    const { captured, held } = await amountsOf(db, order.id);
    const moneyDiffers = payment.received !== captured || (payment.state === "authorized" && held === 0);
    if (!moneyDiffers && order.payment_status !== "unknown") return null;
    const eventId = `reconcile/${reference}/${payment.state}/${payment.received}`;
    const fact = { about: "payment", payment } as const;
    await storeEvent(db, { provider: "stripe", eventId, type: "reconcile", orderId: order.id, fact });
    return { kind: "payment_differs", orderId: order.id, detail: `${payment.state}, ${payment.received} received` };
  };

  return {
    async reconcile(): Promise<{ findings: number }> {
      const startedAt = new Date().toISOString();
      const findings: Finding[] = [...(await lostStarts()), ...(await news()), ...(await mails())];
      const ofRuns = await lostRuns();
      const ofPayments = await providerPayments();
      findings.push(...ofRuns.findings, ...(await lostRefunds()), ...ofPayments.findings);
      book.bell.ring("idem_outbox");
      await saveReconciliation(db, {
        startedAt,
        finishedAt: new Date().toISOString(),
        checked: { orders: ofRuns.checked, payments: ofPayments.checked },
        resumeAfter: ofRuns.resumeAfter,
        findings: findings.slice(0, 1_000),
      });
      return { findings: findings.length };
    },
  };
}

/** Word for whoever serves the order that it should look again; under a name of its own, since known news is ignored. */
function resume(orderId: string): Notice {
  return { kind: "resume", id: `resume/${orderId}/${Date.now()}` };
}
