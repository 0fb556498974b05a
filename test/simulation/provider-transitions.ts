import type { HeldPayment, MadeRefund } from "./payment-provider.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./virtual-time.js";
import type { KeptShipment } from "./warehouse.js";
import type { World } from "./world.js";

/** Beyond the time for which a payment is authorized. */
const LONG_AFTER_MS = 9 * DAY_MS;

/** What happens at the providers without a call of ours: banks and customers decide, shipments leave, arrive and fail. */
export class ProviderTransitions {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  paymentChanged(payment: HeldPayment, type: string): void {
    const { random, time, webhooks, providers, scenario } = this.world;
    this.world.log(() => `payment ${payment.reference} is ${payment.state}, ${payment.received} received`);
    const { payments } = providers.payment;
    if (payments.length > 1) this.world.violated(`${payments.length} payments were made for one order`);
    const { customer } = scenario;
    const { reference, state } = payment;
    if (state === "processing")
      time.schedule(random.spread(500, 5 * MINUTE_MS), () => providers.payment.decide(reference, true));
    else webhooks.payment(payment, type);
    if (state === "action_required" && customer)
      time.schedule(customer.afterMs, () => providers.payment.decide(reference, customer.isGood));
    if (state === "authorized" && payment.received === 0) this.dropLater(reference);
  }

  refundChanged(refund: MadeRefund): void {
    const { random, webhooks, store } = this.world;
    this.world.log(() => `refund ${refund.reference} is ${refund.state}`);
    webhooks.refund(refund, store.order.id);
    if (refund.state === "pending") {
      const state = random.chance(0.85) ? "succeeded" : "failed";
      this.decideRefundLater(refund, state);
    }
    if (refund.state === "succeeded" && random.chance(0.03)) this.decideRefundLater(refund, "failed");
  }

  /** A shipment leaves, at once or much later, or fails. */
  shipmentAccepted({ id }: KeptShipment): void {
    const { random } = this.world;
    const drawn = random.next();
    const leavesAfterMs =
      drawn < 0.2 ? random.between(0, 30) : drawn < 0.97 ? random.spread(100, 6 * HOUR_MS) : LONG_AFTER_MS;
    this.moveLater(id, leavesAfterMs, random.chance(0.08) ? "failed" : "shipped");
  }

  /** A shipment that left arrives, or fails after all; of those that fail some turn up again. */
  shipmentChanged(shipment: KeptShipment): void {
    const { random, webhooks } = this.world;
    const { id, status } = shipment;
    webhooks.shipment(shipment);
    if (status === "shipped" && random.chance(0.07)) this.moveLater(id, random.spread(1_000, DAY_MS), "failed");
    else if (status === "shipped") this.moveLater(id, random.spread(50, 4 * DAY_MS), "delivered");
    else if (status === "failed" && random.chance(0.15)) this.moveLater(id, random.spread(1_000, DAY_MS), "shipped");
  }

  /** The provider drops an authorization that was not captured in time. */
  private dropLater(reference: string): void {
    const { time, providers, scenario } = this.world;
    const { captureBefore } = scenario.payment.terms;
    const held = providers.payment.payments.find((one) => one.reference === reference);
    if (!held || captureBefore === null) return;
    time.schedule(captureBefore - time.now, () => providers.payment.release(held), true);
  }

  private decideRefundLater({ reference }: MadeRefund, state: "succeeded" | "failed"): void {
    const { random, time, providers } = this.world;
    time.schedule(random.spread(1_000, DAY_MS), () => providers.payment.decideRefund(reference, state));
  }

  private moveLater(id: string, delayMs: number, status: "shipped" | "delivered" | "failed"): void {
    const { time, providers } = this.world;
    time.schedule(delayMs, () => void providers.warehouse.move(id, status));
  }
}
