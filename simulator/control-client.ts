import type { FaultAction, FaultOp, FaultRequest, Match } from "./fault-script.js";
import type { SentWebhook, WebhookRequest } from "./control/send-webhook.js";
import type { StoredEmail } from "./mailbox/email-store.js";
import type { Intent } from "./payments/payment-record.js";
import type { SimulationConfig } from "./simulation-config.js";
import type { ShownShipment } from "./warehouse/shipment-record.js";
import type { ShipmentMove } from "./warehouse/warehouse.js";
import type { EventRecord } from "./webhooks/event-outbox.js";
import type { CallRecord, Effect, EffectKind } from "./state.js";

export type {
  CallRecord,
  Effect,
  EffectKind,
  EventRecord,
  FaultAction,
  FaultOp,
  StoredEmail,
  ShownShipment,
  SimulationConfig,
};

/** An intent as the provider shows it, with what the customer has to do. */
export interface ShownPayment extends Intent {
  next_action: { type: "redirect_to_url"; redirect_to_url: { url: string; return_url: string | null } } | null;
}

/** Which calls a fault applies to, how often, and with which parameters. */
export type FaultDetail = Partial<Omit<FaultRequest, "op" | "action">>;

/** What a control applies to: an order, or one payment or shipment. */
export type Target = string | { order?: string; payment?: string; shipment?: string };

export interface Money {
  /** Authorized and not yet captured. */
  live: number;
  captured: number;
  refunded: number;
  net: number;
}

type Query = Record<string, string | number | undefined>;

/** A client of the simulator's control API, for tests and benchmarks. */
export class SimulatorClient {
  readonly controlUrl: string;

  constructor(controlUrl: string) {
    this.controlUrl = controlUrl;
  }

  ledger(order?: string, kind?: EffectKind): Promise<Effect[]> {
    return this.read("ledger", { order, kind });
  }

  /** The kinds of an order's effects except emails, oldest first. */
  async kinds(order: string): Promise<EffectKind[]> {
    const rows = await this.ledger(order);
    return rows.map((row) => row.kind).filter((kind) => kind !== "mail");
  }

  requests(order?: string, op?: FaultOp): Promise<CallRecord[]> {
    return this.read("requests", { order, op });
  }

  mails(to?: string): Promise<StoredEmail[]> {
    return this.read("mails", { to });
  }

  /** The Message-IDs that reached an address, each once. */
  async mailIds(to: string): Promise<string[]> {
    const ids = (await this.mails(to)).map((email) => email.messageId ?? "");
    return [...new Set(ids)].sort();
  }

  payments(order?: string): Promise<ShownPayment[]> {
    return this.read("payments", { order });
  }

  shipments(order?: string): Promise<ShownShipment[]> {
    return this.read("shipments", { order });
  }

  webhooks(order?: string, type?: string): Promise<EventRecord[]> {
    return this.read("webhooks", { order, type });
  }

  /** An order's money at the payment provider. */
  async money(order: string): Promise<Money> {
    const [rows, payments] = await Promise.all([this.ledger(order), this.payments(order)]);
    const total = (kind: EffectKind) =>
      rows.filter((row) => row.kind === kind).reduce((sum, row) => sum + (row.amount ?? 0), 0);
    const captured = total("capture");
    const refunded = total("refund") - total("refund-failed");
    const live = payments
      .filter(({ status }) => status === "requires_capture")
      .reduce((sum, one) => sum + one.amount_capturable, 0);
    return { live, captured, refunded, net: captured - refunded };
  }

  /** Scripts a fault; returns its id. */
  async fault(op: FaultOp, action: FaultAction, detail: FaultDetail = {}): Promise<string> {
    const [made] = await this.write<{ id: string }[]>("faults", { op, action, ...detail });
    if (!made) throw new Error(`the fault ${op} ${action} was not accepted`);
    return made.id;
  }

  async heal(id?: string): Promise<void> {
    await this.call("DELETE", address("faults", { id }));
  }

  async hits(id: string): Promise<number> {
    const faults = await this.read<{ id: string; hits: number }[]>("faults", {});
    return faults.filter((fault) => fault.id === id).reduce((sum, fault) => sum + fault.hits, 0);
  }

  /** Matching shipments keep their status. */
  async hold(match: Match): Promise<void> {
    await this.write("hold", match);
  }

  /** Removes the hold with the same members, or all of them. */
  async release(match: Match = {}): Promise<void> {
    await this.write("release", match);
  }

  /** Advances shipments; returns those that moved. */
  advance(
    target: Target,
    to: ShipmentMove,
    detail: { notify?: boolean; reason?: string } = {},
  ): Promise<ShownShipment[]> {
    return this.write("advance", { ...named(target), to, ...detail });
  }

  /** The customer completes or fails the required action; returns how many payments awaited it. */
  async customer(target: Target, outcome: "complete" | "fail" = "complete"): Promise<number> {
    return (await this.write<{ moved: number }>("customer", { ...named(target), outcome })).moved;
  }

  /** Payments that were canceled or had failed succeed after all. */
  async lateSuccess(target: Target, captured = true): Promise<void> {
    await this.write("late-success", { ...named(target), captured });
  }

  /** Sends an event now; returns the statuses of the responses. */
  async webhook(request: Partial<WebhookRequest> & { type: string }): Promise<number[]> {
    return (await this.write<SentWebhook>("send-webhook", request)).statuses;
  }

  async forgetKeys(): Promise<void> {
    await this.write("forget-keys", {});
  }

  config(change: Partial<SimulationConfig> = {}): Promise<SimulationConfig> {
    return this.write("config", change);
  }

  /** Forgets one order, or everything. */
  async reset(order?: string): Promise<void> {
    await this.write("reset", { order });
  }

  private read<T>(what: string, query: Query): Promise<T> {
    return this.call<T>("GET", address(what, query));
  }

  private write<T>(what: string, body: object): Promise<T> {
    return this.call<T>("POST", what, body);
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.controlUrl}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator responded ${response.status} to ${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }
}

function named(target: Target): { order?: string; payment?: string; shipment?: string } {
  return typeof target === "string" ? { order: target } : target;
}

function address(what: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return `${what}?${parameters.toString()}`;
}
