import type { Database } from "../src/database/database.js";
import { type LoadedOrder, loadOrders } from "../src/database/load-order.js";
import { pollNow } from "../src/database/queries/due-polls.js";
import { enqueueSignal, enqueueStart } from "../src/database/queries/outbox.js";
import {
  type Finding,
  lastReconciliation,
  openOrders,
  type OpenOrderRef,
  type OrderRef,
  ordersWithLostFacts,
  ordersWithoutStart,
  stuckEmails,
  unfinishedRefunds,
} from "../src/database/queries/reconciliation-records.js";
import type { Order } from "../src/domain/order.js";
import { dueSteps, nextStepOf, unstartedStep } from "../src/domain/rules/next-step.js";
import { refundSnapshotOf } from "../src/domain/rules/snapshot.js";
import type { Runs } from "../src/domain/runs.js";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../src/idempotency/derived-ids.js";
import { concurrently } from "./concurrently.js";
import { TenantCounts } from "./tenant-counts.js";

const BATCH = 200;
/** Open orders of one comparison; the next one goes on after them, so that 20,000 take less than ten minutes. */
const OPEN_ORDERS = 8_000;
/** Questions to Temporal in flight. */
const CONCURRENCY = 16;

/** Compares the order database with the runs: what no run carries on is started, signalled, or taken over. */
export function createRunComparison({ database, runs }: { database: Database; runs: Runs }) {
  const { db, session } = database;

  const lostStarts = async (): Promise<Finding[]> => {
    const orders = await ordersWithoutStart(db, BATCH);
    const neverStarted: OrderRef[] = [];
    await concurrently(CONCURRENCY, orders, async (order) => {
      if ((await runs.ofOrder(order.id)) === "gone") neverStarted.push(order);
    });
    for (const { id, tenant } of neverStarted)
      await enqueueStart(db, { tenant, workflow: "order", subjectId: id, orderId: id });
    // A run without an order of its own is left from before the database was restored.
    const others = await checkOrders(orders.filter((order) => !neverStarted.includes(order)));
    const started = neverStarted.map(
      ({ id }) => ({ kind: "start_lost", orderId: id, detail: "its run is started again" }) as const,
    );
    return [...started, ...others];
  };

  const lostRuns = async (): Promise<RunComparison> => {
    const last = (await lastReconciliation(db))?.result.resumeAfter ?? null;
    let after = last && { at: new Date(last.at), id: last.id };
    const checked = new TenantCounts();
    const findings: Finding[] = [];
    while (checked.total < OPEN_ORDERS) {
      const orders: OpenOrderRef[] = await openOrders(db, after, BATCH);
      findings.push(...(await checkOrders(orders)));
      for (const { tenant } of orders) checked.add(tenant);
      const end = orders.at(-1);
      if (!end || orders.length < BATCH) return { checked, resumeAfter: null, findings };
      after = { at: end.createdAt, id: end.id };
    }
    return { checked, resumeAfter: after && { at: after.at.toISOString(), id: after.id }, findings };
  };

  const checkOrders = async (refs: readonly OrderRef[]): Promise<Finding[]> => {
    const findings: Finding[] = [];
    const loaded = await loadByIds(
      session,
      refs.map(({ id }) => id),
    );
    await concurrently(CONCURRENCY, [...loaded.values()], async ({ order }) => {
      const finding = order.closedAt === null ? await checkOrder(order) : null;
      if (finding) findings.push({ orderId: order.id, ...finding });
    });
    return findings;
  };

  /** An open order has a run, waits for something, and its run executes what is due. */
  const checkOrder = async (order: Order): Promise<Omit<Finding, "orderId"> | null> => {
    const { id } = order;
    if ((await runs.ofOrder(id)) !== "open" && (await runs.ofTakeover(id)) !== "open") {
      await wake(order);
      await pollNow(db, id);
      return { kind: "run_lost", detail: "another run takes the order over" };
    }
    const [due] = dueSteps(order);
    if (due === undefined)
      return nextStepOf(order) === null ? { kind: "stuck", detail: `it is ${order.status}` } : null;
    // It missed a signal, or it knows a newer state than a database that was restored.
    if ((await runs.restartIdle(orderWorkflowId(id))) || (await runs.restartIdle(takeoverWorkflowId(id)))) {
      await pollNow(db, id);
      return { kind: "step_lost", detail: `${due} is due; its run begins again` };
    }
    const unstarted = unstartedStep(order);
    if (unstarted === null) return null;
    await wake(order);
    return { kind: "step_lost", detail: `${unstarted} is due; its run is signalled again` };
  };

  const wake = ({ id, tenant }: OrderRef): Promise<void> =>
    enqueueSignal(db, { tenant, workflow: "order", subjectId: id, orderId: id }, { name: "reconciled", number: null });

  const lostRefunds = async (): Promise<Finding[]> => {
    const findings: Finding[] = [];
    const refunds = await unfinishedRefunds(db, BATCH);
    const orders = await loadByIds(
      session,
      refunds.map(({ orderId }) => orderId),
    );
    await concurrently(CONCURRENCY, refunds, async ({ id, tenant, orderId }) => {
      if ((await runs.ofRefund(id)) !== "open") {
        await enqueueStart(db, { tenant, workflow: "refund", subjectId: id, orderId });
        findings.push({ kind: "run_lost", orderId, detail: `the refund ${id} is started again` });
        return;
      }
      const order = orders.get(orderId)?.order;
      const { due, emailDue } = order ? refundSnapshotOf(order, id) : { due: false, emailDue: false };
      if ((due || emailDue) && (await runs.restartIdle(refundWorkflowId(id))))
        findings.push({ kind: "step_lost", orderId, detail: `the run of the refund ${id} begins again` });
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

  return {
    async compareRuns(): Promise<RunComparison> {
      const before = [...(await lostStarts()), ...(await lostFacts()), ...(await emails())];
      const { checked, resumeAfter, findings } = await lostRuns();
      return { checked, resumeAfter, findings: [...before, ...findings, ...(await lostRefunds())] };
    },
  };
}

export async function loadByIds(
  session: Database["session"],
  ids: readonly string[],
): Promise<Map<string, LoadedOrder>> {
  if (ids.length === 0) return new Map();
  const loaded = await loadOrders(session, "where id = any($1)", [ids]);
  return new Map(loaded.map((one) => [one.order.id, one]));
}

interface RunComparison {
  checked: TenantCounts;
  resumeAfter: { at: string; id: string } | null;
  findings: Finding[];
}
