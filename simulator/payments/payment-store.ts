import { orderOf, type Charge, type Payment, type Refund } from "./payment-record.js";

/** All payments, oldest first, with their indices. */
export class PaymentStore {
  payments: Payment[] = [];
  charges: Charge[] = [];
  refunds: Refund[] = [];
  private byId = new Map<string, Payment>();
  private positions = new Map<string, number>();
  private byCharge = new Map<string, Payment>();
  private byRefund = new Map<string, Payment>();
  private byOrder = new Map<string, Payment[]>();
  /** Payments with a refund that is still to succeed or fail. */
  readonly undecided = new Set<Payment>();
  readonly authorized = new Set<Payment>();

  add(payment: Payment): void {
    this.positions.set(payment.intent.id, this.payments.length);
    this.payments.push(payment);
    this.byId.set(payment.intent.id, payment);
    const order = orderOf(payment);
    if (order) this.byOrder.set(order, [...(this.byOrder.get(order) ?? []), payment]);
  }

  addCharge(payment: Payment, charge: Charge): void {
    payment.charges.push(charge);
    this.indexCharge(payment, charge);
  }

  addRefund(payment: Payment, refund: Refund): void {
    payment.refunds.push(refund);
    this.indexRefund(payment, refund);
  }

  find(id: string): Payment | undefined {
    return this.byId.get(id);
  }

  withCharge(id: string): Payment | undefined {
    return this.byCharge.get(id);
  }

  withRefund(id: string): Payment | undefined {
    return this.byRefund.get(id);
  }

  of(order: string): readonly Payment[] {
    return this.byOrder.get(order) ?? [];
  }

  position(id: string): number {
    return this.positions.get(id) ?? -1;
  }

  /** Updates the indices after metadata has changed. */
  reindexOrder(payment: Payment, before: string | null): void {
    const order = orderOf(payment);
    if (order === before) return;
    if (before)
      this.byOrder.set(
        before,
        this.of(before).filter((known) => known !== payment),
      );
    if (order) this.byOrder.set(order, [...this.of(order), payment]);
  }

  clear(order?: string): void {
    this.restore(order === undefined ? [] : this.payments.filter((payment) => orderOf(payment) !== order));
  }

  restore(payments: readonly Payment[]): void {
    this.payments = [];
    this.charges = [];
    this.refunds = [];
    for (const index of [this.byId, this.positions, this.byCharge, this.byRefund, this.byOrder]) index.clear();
    this.undecided.clear();
    this.authorized.clear();
    for (const payment of payments) this.restoreOne(payment);
  }

  private restoreOne(payment: Payment): void {
    this.add(payment);
    for (const charge of payment.charges) this.indexCharge(payment, charge);
    for (const refund of payment.refunds) this.indexRefund(payment, refund);
    if (payment.settlements.length > 0) this.undecided.add(payment);
    if (payment.intent.status === "requires_capture") this.authorized.add(payment);
  }

  private indexCharge(payment: Payment, charge: Charge): void {
    this.charges.push(charge);
    this.byCharge.set(charge.id, payment);
  }

  private indexRefund(payment: Payment, refund: Refund): void {
    this.refunds.push(refund);
    this.byRefund.set(refund.id, payment);
  }
}
