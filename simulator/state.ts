import { BoundedLog } from "./bounded-log.js";
import { type About, type Fault, type FaultOp, FaultScript } from "./fault-script.js";
import { HoldList } from "./hold-list.js";
import type { SimulationConfig } from "./simulation-config.js";

const EFFECT_KINDS = [
  "authorization",
  "capture",
  "void",
  "refund",
  "refund-failed",
  "shipment",
  "recall",
  "mail",
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

/** Something that took effect: money, units or an email moved. */
export interface Effect {
  seq: number;
  time: number;
  kind: EffectKind;
  order: string | null;
  amount: number | null;
  key: string | null;
  currency?: string;
  payment?: string;
  refund?: string;
  shipment?: string;
  lines?: readonly { sku: string; quantity: number }[];
  to?: readonly string[];
  subject?: string | null;
}

/** A call to a provider, with the fault that applied to it and its response. */
export interface CallRecord {
  seq: number;
  time: number;
  provider: "stripe" | "warehouse" | "mail";
  op: FaultOp | null;
  method: string;
  path: string;
  key: string | null;
  params: unknown;
  order: string | null;
  amount: number | null;
  fault: string | null;
  status: number | "dropped" | "silent" | null;
  replayed: boolean;
}

const LOG_LIMIT = 50_000;

/** What the simulated providers share. */
export class SimulatorState {
  readonly ledger = new BoundedLog<Effect>(LOG_LIMIT);
  readonly calls = new BoundedLog<CallRecord>(LOG_LIMIT);
  readonly faults = new FaultScript();
  readonly holds = new HoldList();
  /** The amount first requested for each order, so that rules by amount match its shipments too. */
  readonly amounts = new Map<string, number>();
  config: SimulationConfig;
  baseUrl = "";
  private readonly listeners: (() => void)[] = [];

  constructor(config: SimulationConfig) {
    this.config = config;
  }

  effect(effect: Pick<Effect, "kind"> & Partial<Effect>): void {
    this.ledger.add((seq) => ({ order: null, amount: null, key: null, ...effect, seq, time: secondsNow() }));
    this.changed();
  }

  recordCall(call: Pick<CallRecord, "provider" | "op" | "method" | "path"> & Partial<CallRecord>): CallRecord {
    return this.calls.add((seq) => ({
      key: null,
      params: null,
      order: null,
      amount: null,
      fault: null,
      status: null,
      replayed: false,
      ...call,
      seq,
      time: secondsNow(),
    }));
  }

  takeFault(op: FaultOp, about: About): Fault | null {
    return this.faults.take(op, this.withAmount(about));
  }

  held(about: About): boolean {
    return this.holds.holds(this.withAmount(about));
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  clear(order?: string): void {
    for (const part of [this.ledger, this.calls, this.faults, this.holds]) part.clear(order);
    if (order === undefined) this.amounts.clear();
    else this.amounts.delete(order);
    this.changed();
  }

  private withAmount(about: About): About {
    if (typeof about.amount === "number" || !about.order) return about;
    return { ...about, amount: this.amounts.get(about.order) ?? null };
  }
}

export function secondsNow(): number {
  return Math.round(Date.now()) / 1_000;
}
