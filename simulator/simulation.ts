import { KeyStore } from "./key-store.js";
import { EmailStore } from "./mailbox/email-store.js";
import { dropAuthorizations, decideRefunds } from "./payments/scheduled-transitions.js";
import { PaymentStore } from "./payments/payment-store.js";
import type { StripeContext } from "./payments/stripe-context.js";
import type { SimulationConfig } from "./simulation-config.js";
import { Warehouse } from "./warehouse/warehouse.js";
import { EventOutbox } from "./webhooks/event-outbox.js";
import type { Secrets } from "./webhooks/webhook-signing.js";
import { SimulatorState } from "./state.js";

const TICK_MS = 30;
/** Authorizations last for days, so checking all of them on every tick would be wasteful. */
const AUTHORIZATION_TICK_MS = 500;

/** All simulated providers, without their protocols. */
export class Simulation {
  readonly state: SimulatorState;
  readonly outbox: EventOutbox;
  readonly stripe: StripeContext;
  readonly warehouse: Warehouse;
  readonly mailbox: EmailStore;
  readonly paymentKeys = new KeyStore();
  readonly shipmentKeys = new KeyStore();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(config: SimulationConfig, secrets: Secrets) {
    this.state = new SimulatorState(config);
    this.outbox = new EventOutbox(this.state, secrets);
    this.stripe = { state: this.state, store: new PaymentStore(), outbox: this.outbox };
    this.warehouse = new Warehouse(this.state, this.outbox);
    this.mailbox = new EmailStore(this.state);
  }

  start(): void {
    this.timers.push(
      setInterval(() => {
        this.warehouse.advanceDue(Date.now());
        decideRefunds(this.stripe, Date.now());
      }, TICK_MS),
      setInterval(() => dropAuthorizations(this.stripe, Date.now()), AUTHORIZATION_TICK_MS),
    );
    this.outbox.resume();
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.outbox.stop();
  }

  forgetKeys(): void {
    this.paymentKeys.forget();
    this.shipmentKeys.forget();
  }

  /** Forgets one order, or everything with all keys. */
  reset(order?: string): void {
    this.state.clear(order);
    this.outbox.clear(order);
    this.stripe.store.clear(order);
    this.warehouse.clear(order);
    this.mailbox.emails.clear(order);
    if (order === undefined) this.forgetKeys();
  }
}
