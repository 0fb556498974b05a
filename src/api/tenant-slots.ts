/** What a tenant may hold at once in this process, so that it takes nothing from the others (K11). */
export class TenantSlots {
  private readonly taken = new Map<string, number>();
  private readonly perTenant: number;

  constructor(perTenant: number) {
    this.perTenant = perTenant;
  }

  /** Takes a slot; null when the tenant holds as many as it may. The function that is returned frees it; it is called once. */
  take(tenant: string): (() => void) | null {
    const taken = this.taken.get(tenant) ?? 0;
    if (taken >= this.perTenant) return null;
    this.taken.set(tenant, taken + 1);
    return () => {
      const left = (this.taken.get(tenant) ?? 1) - 1;
      if (left > 0) this.taken.set(tenant, left);
      else this.taken.delete(tenant);
    };
  }
}
