import type { Database } from "../src/database/database.js";
import { type LoadedOrder, loadOrders } from "../src/database/load-order.js";
import { enqueueSignal, enqueueStart } from "../src/database/queries/outbox.js";
import {
  type Finding,
  lastReconciliation,
  openOrders,
  type OpenOrderRef,
  type OrderRef,
  ordersWithLostFacts,
  ordersWithoutStart,
  saveReconciliation,
  stuckEmails,
  unfinishedRefunds,
} from "../src/database/queries/reconciliation-records.js";
import { storeFact } from "../src/database/queries/store-fact.js";
import type { ProviderFact } from "../src/domain/fact.js";
import type { Payment } from "../src/domain/payment.js";
import { paymentDifference, refundDifference } from "../src/domain/reconciliation.js";
import { signalOf } from "../src/domain/rules/apply-fact.js";
import { nextStepOf, unstartedStep } from "../src/domain/rules/next-step.js";
import type { RunState } from "../src/domain/rules/takeover.js";
import type { Page, PaymentGateway, TimeRange } from "../src/providers/payment/payment-gateway.js";

interface Deps {
  database: Database;
  payments: PaymentGateway;
  /** How runs are known to Temporal; each throws when Temporal does not answer. */
  runs: {
    ofOrder(orderId: string): Promise<RunState>;
    ofTakeover(orderId: string): Promise<RunState>;
    ofRefund(refundId: string): Promise<RunState>;
  };
}

const BATCH = 200;
/** Open orders of one comparison; the next one goes on after them, so that 20,000 take less than ten minutes. */
const OPEN_ORDERS = 8_000;
/** Questions to Temporal in flight. */
const CONCURRENCY = 16;
/** Older payments were compared before. */
const WINDOW_MS = 26 * 3_600_000;
/** Orders that changed more recently may not have caught up with the provider yet. */
const GRACE_MS = 60_000;
const LIST_TIMEOUT_MS = 10_000;

/**
 * Compares database, provider and runs (M12). What a rule can decide is left in the outbox as if it had just been
 * reported; everything here is harmless twice, so two comparisons may run at once.
 */
export function createReconcileActivities({ database, payments, runs }: Deps) {
  const { db, session } = database;

  const lostStarts = async (): Promise<Finding[]> => {
    const orders = await ordersWithoutStart(db, BATCH);
    for (const { id, tenant } of orders)
      await enqueueStart(db, { tenant, workflow: "order", subjectId: id, orderId: id });
    return orders.map(({ id }) => ({ kind: "start_lost", orderId: id, detail: "its run is started again" }));
  };

  const lostRuns = async (): Promise<{ checked: number; resumeAfter: ResumeAfter; findings: Finding[] }> => {
    const last = (await lastReconciliation(db))?.result.resumeAfter ?? null;
    let after = last && { at: new Date(last.at), id: last.id };
    let checked = 0;
    const findings: Finding[] = [];
    while (checked < OPEN_ORDERS) {
      const orders: OpenOrderRef[] = await openOrders(db, after, BATCH);
      findings.push(...(await checkRuns(orders)), ...(await findStuck(orders)));
      checked += orders.length;
      const end = orders.at(-1);
      if (!end || orders.length < BATCH) return { checked, resumeAfter: null, findings };
      after = { at: end.createdAt, id: end.id };
    }
    return { checked, resumeAfter: after && { at: after.at.toISOString(), id: after.id }, findings };
  };

  const checkRuns = async (orders: readonly OpenOrderRef[]): Promise<Finding[]> => {
    const findings: Finding[] = [];
    await concurrently(orders, async (order) => {
      const isOwned = (await runs.ofOrder(order.id)) === "open" || (await runs.ofTakeover(order.id)) === "open";
      if (isOwned) return;
      await wake(order);
      findings.push({ kind: "run_lost", orderId: order.id, detail: "another run takes the order over" });
    });
    return findings;
  };

  /** An open order waits for something, and its run executes what is due; one of which that is not so is stuck. */
  const findStuck = async (refs: readonly OpenOrderRef[]): Promise<Finding[]> => {
    const findings: Finding[] = [];
    for (const { order } of (await loadByIds(refs.map(({ id }) => id))).values()) {
      if (order.closedAt !== null) continue;
      const unstarted = unstartedStep(order);
      if (unstarted) await wake(order);
      const detail = unstarted ? `${unstarted} is due; its run is signalled again` : `it is ${order.status}`;
      if (unstarted || nextStepOf(order) === null) findings.push({ kind: "stuck", orderId: order.id, detail });
    }
    return findings;
  };

  const wake = ({ id, tenant }: OrderRef): Promise<void> =>
    enqueueSignal(db, { tenant, workflow: "order", subjectId: id, orderId: id }, { name: "reconciled", number: null });

  const lostRefunds = async (): Promise<Finding[]> => {
    const findings: Finding[] = [];
    await concurrently(await unfinishedRefunds(db, BATCH), async ({ id, tenant, orderId }) => {
      if ((await runs.ofRefund(id)) === "open") return;
      await enqueueStart(db, { tenant, workflow: "refund", subjectId: id, orderId });
      findings.push({ kind: "run_lost", orderId, detail: `the refund ${id} is started again` });
    });
    return findings;
  };

  const lostFacts = async (): Promise<Finding[]> => {
    const orders = await ordersWithLostFacts(db, BATCH);
    for (const order of orders) await wake(order);
    return orders.map(({ id }) => ({ kind: "fact_lost", orderId: id, detail: "its run is signalled again" }));
  };

  const emails = async (): Promise<Finding[]> => {
    const stuck = await stuckEmails(db, BATCH);
    for (const order of stuck) await wake(order);
    return stuck.map(({ id, kind }) => ({ kind: "email_stuck", orderId: id, detail: kind }));
  };

  const loadByIds = async (ids: readonly string[]): Promise<Map<string, LoadedOrder>> => {
    if (ids.length === 0) return new Map();
    const loaded = await loadOrders(session, "where id = any($1)", [ids]);
    return new Map(loaded.map((one) => [one.order.id, one]));
  };

  /** Every page of a list, each with the orders that it speaks of. */
  const compareAll = async <Item extends { orderId: string | null }>(
    list: (made: TimeRange, after: string | null, timeoutMs: number) => Promise<Page<Item>>,
    compare: (item: Item, order: LoadedOrder | null) => Promise<Finding | null>,
  ): Promise<{ checked: number; findings: Finding[] }> => {
    const now = new Date();
    const made = { from: new Date(now.getTime() - WINDOW_MS), to: now };
    const findings: Finding[] = [];
    let checked = 0;
    for (let after: string | null = null; ;) {
      const { items, next }: Page<Item> = await list(made, after, LIST_TIMEOUT_MS);
      const orders = await loadByIds(items.flatMap(({ orderId }) => orderId ?? []));
      for (const item of items) {
        const order = (item.orderId !== null && orders.get(item.orderId)) || null;
        if (order && now.getTime() - order.updatedAt.getTime() < GRACE_MS) continue;
        const finding = await compare(item, order);
        if (finding) findings.push(finding);
      }
      checked += items.length;
      if (next === null) return { checked, findings };
      after = next;
    }
  };

  const report = async (orderId: string, eventId: string, fact: ProviderFact): Promise<void> => {
    const event = { provider: "stripe", eventId: `reconcile/${eventId}`, type: "reconcile", orderId, fact } as const;
    await storeFact(session, event, signalOf(orderId, fact));
  };

  const comparePayment = async (
    payment: Payment & { refunded: number },
    loaded: LoadedOrder | null,
  ): Promise<Finding | null> => {
    const { reference, state, received, refunded, terms: _, ...rest } = payment;
    if (!loaded) return { kind: "payment_without_order", orderId: null, detail: reference };
    const { order } = loaded;
    const detail = order.purgedAt === null ? paymentDifference(order, payment) : null;
    if (detail === null) return null;
    const fact = { about: "payment", payment: { ...rest, reference, state, received, terms: payment.terms } } as const;
    await report(order.id, `${reference}/${state}/${received}/${refunded}`, fact);
    return { kind: "payment_differs", orderId: order.id, detail };
  };

  return {
    async reconcile(): Promise<{ findings: number }> {
      const startedAt = new Date().toISOString();
      const findings: Finding[] = [...(await lostStarts()), ...(await lostFacts()), ...(await emails())];
      const ofRuns = await lostRuns();
      const ofPayments = await compareAll(payments.listPayments, comparePayment);
      const ofRefunds = await compareAll(payments.listRefunds, async (refund, loaded) => {
        const detail = loaded && refundDifference(loaded.order, refund);
        if (!loaded || detail === null) return null;
        const { paymentReference: _, orderId: __, ...fact } = refund;
        await report(loaded.order.id, `${refund.reference}/${refund.state}`, { about: "refund", refund: fact });
        return { kind: "refund_differs", orderId: loaded.order.id, detail };
      });
      findings.push(...ofRuns.findings, ...(await lostRefunds()), ...ofPayments.findings, ...ofRefunds.findings);
      database.notifier.announceOutbox();
      await saveReconciliation(db, {
        startedAt,
        finishedAt: new Date().toISOString(),
        checked: { orders: ofRuns.checked, payments: ofPayments.checked, refunds: ofRefunds.checked },
        resumeAfter: ofRuns.resumeAfter,
        findings: findings.slice(0, 1_000),
      });
      return { findings: findings.length };
    },
  };
}

type ResumeAfter = { at: string; id: string } | null;

async function concurrently<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items];
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}
