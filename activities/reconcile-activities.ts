import type { Database } from "../src/database/database.js";
import type { LoadedOrder } from "../src/database/load-order.js";
import { type Finding, saveReconciliation } from "../src/database/queries/reconciliation-records.js";
import { storeFact } from "../src/database/queries/store-fact.js";
import type { ProviderFact } from "../src/domain/fact.js";
import { paymentDifference, refundDifference } from "../src/domain/reconciliation.js";
import { signalOf } from "../src/domain/rules/apply-fact.js";
import type { Runs } from "../src/domain/runs.js";
import type { ListedPayment, Page, PaymentGateway, TimeRange } from "../src/providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { createRunComparison, loadByIds } from "./compare-runs.js";
import { createLostOrderSearch } from "./find-lost-orders.js";
import { checkedOf, TenantCounts } from "./tenant-counts.js";

interface Deps {
  database: Database;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  runs: Runs;
}

/** Older payments were compared before. */
const WINDOW_MS = 26 * 3_600_000;
/** Orders that changed more recently may not have caught up with the provider yet. */
const GRACE_MS = 60_000;
const LIST_TIMEOUT_MS = 10_000;
/** The provider lists the newest first; what is not read within this time is left out, so that a comparison ends. */
const LIST_WITHIN_MS = 3 * 60_000;
/** Findings of each kind that are kept. */
const MOST_OF_A_KIND = 2_000;
/** Findings after which a run goes on from the order database, whose state may be older than the providers'. */
const CARRIED_ON: ReadonlySet<Finding["kind"]> = new Set(["run_lost", "step_lost"]);

/**
 * Compares database, provider and runs (M12). What a rule can decide is left in the outbox as if it had just been
 * reported; everything here is harmless twice, so two comparisons may run at once.
 */
export function createReconcileActivities({ database, payments, warehouse, runs }: Deps) {
  const { db, session } = database;
  const { compareRuns } = createRunComparison({ database, runs });
  const findLostOrders = createLostOrderSearch({ database, warehouse, runs });

  /** The pages of a list, each with the orders that it speaks of. */
  const compareAll = async <Item extends { orderId: string | null }>(
    made: TimeRange,
    list: (made: TimeRange, after: string | null, timeoutMs: number) => Promise<Page<Item>>,
    carriedOn: ReadonlySet<string | null>,
    compare: (item: Item, order: LoadedOrder) => Promise<Finding | null>,
  ): Promise<{ checked: TenantCounts; findings: Finding[]; withoutOrder: Item[]; complete: boolean }> => {
    const endsAt = Date.now() + LIST_WITHIN_MS;
    const findings: Finding[] = [];
    const withoutOrder: Item[] = [];
    const checked = new TenantCounts();
    for (let after: string | null = null; ;) {
      const { items, next }: Page<Item> = await list(made, after, LIST_TIMEOUT_MS);
      const orders = await loadByIds(
        session,
        items.flatMap(({ orderId }) => orderId ?? []),
      );
      for (const item of items) {
        const order = orders.get(item.orderId ?? "");
        checked.add(order?.order.tenant ?? null);
        if (!order) withoutOrder.push(item);
        const isMoving = order && made.to.getTime() - order.updatedAt.getTime() < GRACE_MS;
        if (!order || isMoving || carriedOn.has(item.orderId)) continue;
        const finding = await compare(item, order);
        if (finding) findings.push(finding);
      }
      if (next === null || Date.now() > endsAt) return { checked, findings, withoutOrder, complete: next === null };
      after = next;
    }
  };

  const report = async (orderId: string, eventId: string, fact: ProviderFact): Promise<void> => {
    const event = { provider: "stripe", eventId: `reconcile/${eventId}`, type: "reconcile", orderId, fact } as const;
    await storeFact(session, event, signalOf(orderId, fact));
  };

  const comparePayment = async (listed: ListedPayment, { order }: LoadedOrder): Promise<Finding | null> => {
    const { refunded, tenantTag: _, ...payment } = listed;
    const detail = order.purgedAt === null ? paymentDifference(order, listed) : null;
    if (detail === null) return null;
    const { reference, state, received } = payment;
    await report(order.id, `${reference}/${state}/${received}/${refunded}`, { about: "payment", payment });
    return { kind: "payment_differs", orderId: order.id, detail };
  };

  return {
    async reconcile(): Promise<{ findings: number }> {
      const startedAt = new Date();
      const made = { from: new Date(startedAt.getTime() - WINDOW_MS), to: startedAt };
      const ofRuns = await compareRuns();
      // What a run has yet to catch up with is no difference.
      const carriedOn = new Set(ofRuns.findings.flatMap((one) => (CARRIED_ON.has(one.kind) ? [one.orderId] : [])));
      const ofPayments = await compareAll(made, payments.listPayments, carriedOn, comparePayment);
      const ofRefunds = await compareAll(made, payments.listRefunds, carriedOn, async (refund, { order }) => {
        const detail = refundDifference(order, refund);
        if (detail === null) return null;
        const { paymentReference: _, orderId: __, ...fact } = refund;
        await report(order.id, `${refund.reference}/${refund.state}`, { about: "refund", refund: fact });
        return { kind: "refund_differs", orderId: order.id, detail };
      });
      const lost = await findLostOrders(ofPayments.withoutOrder, made.from);
      const found = [...ofRuns.findings, ...ofPayments.findings, ...ofRefunds.findings, ...lost.findings];
      const findings = firstOfEachKind(found, MOST_OF_A_KIND);
      database.notifier.announceOutbox();
      await saveReconciliation(db, {
        startedAt: startedAt.toISOString(),
        finishedAt: new Date().toISOString(),
        ...checkedOf({ orders: ofRuns.checked, payments: ofPayments.checked, refunds: ofRefunds.checked }),
        resumeAfter: ofRuns.resumeAfter,
        complete: ofPayments.complete && ofRefunds.complete && lost.complete && findings.length === found.length,
        findings,
      });
      return { findings: found.length };
    },
  };
}

function firstOfEachKind(findings: readonly Finding[], most: number): Finding[] {
  const counts = new Map<Finding["kind"], number>();
  return findings.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= most;
  });
}
