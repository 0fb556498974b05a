import { KeyStore } from "./key-store.js";
import { MailStore } from "./mailbox/mail-store.js";
import { dropAuthorizations, settleRefunds } from "./payments/scheduled-transitions.js";
import { PaymentBook } from "./payments/payment-store.js";
import type { PaymentDesk } from "./payments/stripe-context.js";
import type { SimulationConfig } from "./simulation-config.js";
import { WarehouseFloor } from "./warehouse/warehouse.js";
import { EventOutbox } from "./webhooks/event-outbox.js";
import type { Secrets } from "./webhooks/webhook-signing.js";
import { WorldState } from "./state.js";

const TICK_MS = 30;
/** Authorizations live for days; looking at all of them on every tick would be waste. */
const AUTHORIZATION_TICK_MS = 500;

/** The whole outside world without its wires. */
export class Simulation {
  readonly world: WorldState;
  readonly outbox: EventOutbox;
  readonly desk: PaymentDesk;
  readonly floor: WarehouseFloor;
  readonly mail: MailStore;
  readonly paymentKeys = new KeyStore();
  readonly shipmentKeys = new KeyStore();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(config: SimulationConfig, secrets: Secrets) {
    this.world = new WorldState(config);
    this.outbox = new EventOutbox(this.world, secrets);
    this.desk = { world: this.world, book: new PaymentBook(), outbox: this.outbox };
    this.floor = new WarehouseFloor(this.world, this.outbox);
    this.mail = new MailStore(this.world);
  }

  start(): void {
    this.timers.push(
      setInterval(() => {
        this.floor.moveOn(Date.now());
        settleRefunds(this.desk, Date.now());
      }, TICK_MS),
      setInterval(() => dropAuthorizations(this.desk, Date.now()), AUTHORIZATION_TICK_MS),
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
    this.world.clear(order);
    this.outbox.clear(order);
    this.desk.book.clear(order);
    this.floor.clear(order);
    this.mail.mails.clear(order);
    if (order === undefined) this.forgetKeys();
  }
}
