import { lastReconciliation, ownedBy, type Reconciliation } from "../database/queries/reconciliation-records.js";
import type { ServiceDeps } from "./service-deps.js";

/** What a reader sees; the times are null before the first comparison. */
export type ShownReconciliation = Omit<Reconciliation, "resumeAfter" | "startedAt" | "finishedAt"> & {
  startedAt: string | null;
  finishedAt: string | null;
};

/** The last comparison, as far as it concerns a tenant: its own orders, and payments that belong to none. */
export async function readReconciliation(
  { database }: Pick<ServiceDeps, "database">,
  { tenant }: { tenant: string },
): Promise<ShownReconciliation> {
  const last = await lastReconciliation(database.db);
  if (!last)
    return { startedAt: null, finishedAt: null, checked: { orders: 0, payments: 0, refunds: 0 }, findings: [] };
  const { resumeAfter: _, findings, ...rest } = last.result;
  const ids = findings.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
  const own = await ownedBy(database.db, tenant, ids);
  return { ...rest, findings: findings.filter(({ orderId }) => orderId === null || own.has(orderId)) };
}
