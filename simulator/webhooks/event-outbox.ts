import { BoundedLog } from "../bounded-log.js";
import type { About, Fault } from "../fault-script.js";
import { randomToken } from "../random-token.js";
import { secondsNow, type SimulatorState } from "../state.js";
import { EventPost } from "./post-event.js";
import { type DeliveryMode, type Secrets, signatureHeaders } from "./webhook-signing.js";

export interface EventRecord {
  seq: number;
  id: string;
  provider: "stripe" | "fulfilment";
  type: string;
  order: string | null;
  about: About & { payment?: string };
  body: string;
  time: number;
  attempts: { time: number; status: number; mode: DeliveryMode }[];
  /** Whether it is still to be delivered; survives a restart. */
  owed: boolean;
}

export interface NewEvent {
  provider: EventRecord["provider"];
  type: string;
  order: string | null;
  about: EventRecord["about"];
  body: (id: string) => object;
}

const EVENT_LIMIT = 20_000;
const FIRST_PAUSES_MS = [300, 600, 1_000, 2_000, 3_000, 4_000];
const LATER_PAUSE_MS = 5_000;
/** After an hour without a receiver, deliveries are a minute apart. */
const PATIENT_AFTER = 700;
const PATIENT_PAUSE_MS = 60_000;

/** The events of the providers, each delivered repeatedly until the receiver accepts it. */
export class EventOutbox {
  readonly events = new BoundedLog<EventRecord>(EVENT_LIMIT);
  private readonly state: SimulatorState;
  private readonly secrets: Secrets;
  private readonly sender = new EventPost();
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(state: SimulatorState, secrets: Secrets) {
    this.state = state;
    this.secrets = secrets;
  }

  record(event: NewEvent): EventRecord {
    const id = randomToken(event.provider === "stripe" ? "evt_" : "msg_");
    return this.events.add((seq) => ({
      ...event,
      seq,
      id,
      body: JSON.stringify(event.body(id)),
      time: secondsNow(),
      attempts: [],
      owed: false,
    }));
  }

  /** Delivers soon and repeatedly until the event is accepted, as a provider would. */
  send(event: EventRecord): void {
    if (!this.state.config.webhooks || !this.state.config.webhookBase) return;
    const fault = this.state.takeFault("webhook", { ...event.about, order: event.order });
    if (fault && fault.action !== "delay") return;
    event.owed = true;
    this.schedule(event, lateness(fault) + this.state.config.webhookDelayMs);
  }

  /** Delivers once before anything else happens; if that fails, the usual deliveries follow. */
  async sendNow(event: EventRecord): Promise<void> {
    const status = await this.deliver(event, "good");
    if (!isAccepted(status)) this.send(event);
  }

  /** Delivers once, now; returns the response status, 0 without a response or a receiver. */
  async deliver(event: EventRecord, mode: DeliveryMode, body = event.body): Promise<number> {
    const base = this.state.config.webhookBase;
    if (!base) return 0;
    const headers = signatureHeaders(this.secrets, event, body, mode);
    const status = await this.sender.post(`${base}/webhooks/${event.provider}`, body, headers);
    event.attempts.push({ time: secondsNow(), status, mode });
    return status;
  }

  /** Forgets events, which are then no longer delivered. */
  clear(order?: string): void {
    for (const event of order === undefined ? this.events.all() : this.events.of(order)) event.owed = false;
    this.events.clear(order);
  }

  resume(): void {
    for (const event of this.events.all()) if (event.owed) this.schedule(event, LATER_PAUSE_MS / 10);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.sender.close();
  }

  private schedule(event: EventRecord, afterMs: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.attempt(event);
    }, afterMs);
    this.timers.add(timer);
  }

  private async attempt(event: EventRecord): Promise<void> {
    if (!event.owed) return;
    const status = await this.deliver(event, "good");
    event.owed = event.owed && !isAccepted(status);
    this.state.changed();
    if (event.owed) this.schedule(event, pauseAfter(event.attempts.length));
  }
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

function lateness(fault: Fault | null): number {
  return fault ? (fault.delayMs ?? 1_000) : 0;
}

function pauseAfter(attempts: number): number {
  if (attempts > PATIENT_AFTER) return PATIENT_PAUSE_MS;
  return FIRST_PAUSES_MS[attempts - 1] ?? LATER_PAUSE_MS;
}
