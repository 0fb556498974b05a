import {
  type Finding,
  lastReconciliation,
  ownedBy,
  type Reconciliation,
} from "../database/queries/reconciliation-records.js";
import { tenantTag } from "../idempotency/derived-ids.js";
import type { ServiceDeps } from "./service-deps.js";

/** What a reader sees; the times are null before the first comparison. */
export type ShownReconciliation = Pick<Reconciliation, "checked"> & {
  startedAt: string | null;
  finishedAt: string | null;
  complete: boolean;
  findings: (Omit<Finding, "atStake"> & { amount: number | null; currency: string | null })[];
};

const NOTHING = { orders: 0, payments: 0, refunds: 0 };

/** The last comparison, as far as it concerns a tenant: its own orders, and what belongs to none and to no other tenant. */
export async function readReconciliation(
  { database }: Pick<ServiceDeps, "database">,
  { tenant }: { tenant: string },
): Promise<ShownReconciliation> {
  const last = await lastReconciliation(database.db);
  if (!last) return { startedAt: null, finishedAt: null, complete: false, checked: NOTHING, findings: [] };
  const { startedAt, finishedAt, complete = true, checkedByTenant, findings } = last.result;
  const ids = findings.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
  const own = await ownedBy(database.db, tenant, ids);
  const tag = tenantTag(tenant);
  const concerns = ({ orderId, atStake }: Finding) =>
    atStake ? atStake.tenantTag === tag : orderId === null || own.has(orderId);
  return {
    startedAt,
    finishedAt,
    complete,
    checked: checkedByTenant?.[tenant] ?? NOTHING,
    findings: findings.filter(concerns).map(({ atStake, ...finding }) => ({
      ...finding,
      amount: atStake?.amount ?? null,
      currency: atStake?.currency ?? null,
    })),
  };
}
