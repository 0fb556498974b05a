import type { Checked, Reconciliation } from "../src/database/queries/reconciliation-records.js";

/** How many were compared: in all, and of each tenant. */
export class TenantCounts {
  total = 0;
  readonly byTenant = new Map<string, number>();

  /** Of no tenant's order (null) it counts in all alone. */
  add(tenant: string | null): void {
    this.total++;
    if (tenant !== null) this.byTenant.set(tenant, (this.byTenant.get(tenant) ?? 0) + 1);
  }
}

/** What a comparison records of how much it compared: a tenant is shown its own alone. */
export function checkedOf(
  counts: Record<keyof Checked, TenantCounts>,
): Pick<Reconciliation, "checked" | "checkedByTenant"> {
  const { orders, payments, refunds } = counts;
  const tenants = new Set([orders, payments, refunds].flatMap(({ byTenant }) => [...byTenant.keys()]));
  const ofTenant = (tenant: string): Checked => ({
    orders: orders.byTenant.get(tenant) ?? 0,
    payments: payments.byTenant.get(tenant) ?? 0,
    refunds: refunds.byTenant.get(tenant) ?? 0,
  });
  return {
    checked: { orders: orders.total, payments: payments.total, refunds: refunds.total },
    checkedByTenant: Object.fromEntries([...tenants].map((tenant) => [tenant, ofTenant(tenant)])),
  };
}
