import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import type { KeyEntry } from "./key-store.js";
import type { StoredEmail } from "./mailbox/email-store.js";
import type { Payment } from "./payments/payment-record.js";
import type { Simulation } from "./simulation.js";
import type { Shipment } from "./warehouse/shipment-record.js";
import type { EventRecord } from "./webhooks/event-outbox.js";
import type { Effect } from "./state.js";

interface SavedState {
  version: 1;
  payments: Payment[];
  shipments: Shipment[];
  paymentKeys: KeyEntry[];
  shipmentKeys: KeyEntry[];
  mails: StoredEmail[];
  ledger: Effect[];
  events: EventRecord[];
  amounts: [string, number][];
}

const FILE_NAME = "simulator-state.json";
const QUIET_MS = 500;
/** Writing snapshots takes at most one part in so many of the time. */
const LOAD_SHARE = 30;
/** How many of each kind are kept, newest first: the snapshot is read as one string, whose length is limited. */
const KEPT = 20_000;
const SLICE_MS = 8;

/** Keeps the state across restarts: a snapshot, written soon after a change and replaced atomically. */
export class StateFile {
  private readonly simulation: Simulation;
  private readonly home: string;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private pauseMs = QUIET_MS;
  private dirty = false;
  private closed = false;

  constructor(simulation: Simulation, home: string) {
    this.simulation = simulation;
    this.home = home;
  }

  async load(): Promise<void> {
    const text = await readFile(join(this.home, FILE_NAME), "utf8").catch(() => null);
    if (text === null) return;
    const saved = readState(text);
    if (saved) restore(this.simulation, saved);
    else process.stderr.write(`simulator: ${FILE_NAME} cannot be read, starting with an empty state\n`);
  }

  watch(): void {
    this.simulation.state.onChange(() => {
      this.dirty = true;
      this.saveSoon();
    });
  }

  /** Writes the last snapshot; nothing is written after it. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.writing;
    if (this.dirty) await this.save();
  }

  private saveSoon(): void {
    if (!this.closed) this.timer ??= setTimeout(() => void this.save(), this.pauseMs);
  }

  /** The timer stays set until the file is written, so that no two snapshots are written at once. */
  private save(): Promise<void> {
    this.writing = this.write()
      .catch((error: unknown) => {
        process.stderr.write(`simulator: its state could not be written: ${String(error)}\n`);
      })
      .then(() => {
        this.timer = null;
        if (this.dirty) this.saveSoon();
      });
    return this.writing;
  }

  private async write(): Promise<void> {
    const started = Date.now();
    this.dirty = false;
    await mkdir(this.home, { recursive: true });
    const path = join(this.home, FILE_NAME);
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      for await (const chunk of slices(snapshot(this.simulation))) await file.write(chunk);
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    this.pauseMs = Math.max(QUIET_MS, (Date.now() - started) * LOAD_SHARE);
  }
}

function readState(text: string): SavedState | null {
  try {
    const saved = JSON.parse(text) as SavedState;
    return saved.version === 1 ? saved : null;
  } catch {
    return null;
  }
}

function* snapshot({
  state,
  outbox,
  stripe,
  warehouse,
  mailbox,
  paymentKeys,
  shipmentKeys,
}: Simulation): Generator<string> {
  yield '{"version":1';
  yield* member("payments", stripe.store.payments.slice(-KEPT));
  yield* member("shipments", [...warehouse.all()].slice(-KEPT));
  yield* member("paymentKeys", paymentKeys.answered(KEPT));
  yield* member("shipmentKeys", shipmentKeys.answered(KEPT));
  yield* member("mails", mailbox.emails.all());
  yield* member("ledger", state.ledger.newest(KEPT));
  yield* member("events", outbox.events.newest(KEPT));
  yield* member("amounts", [...state.amounts].slice(-KEPT));
  yield "\n}\n";
}

function* member(name: string, rows: Iterable<unknown>): Generator<string> {
  yield `,\n${JSON.stringify(name)}:[`;
  let first = true;
  for (const row of rows) {
    yield `${first ? "\n" : ",\n"}${JSON.stringify(row)}`;
    first = false;
  }
  yield "]";
}

/** The snapshot in slices, between which the event loop runs. */
async function* slices(lines: Generator<string>): AsyncGenerator<string> {
  let chunk = "";
  let until = performance.now() + SLICE_MS;
  for (const line of lines) {
    chunk += line;
    if (performance.now() < until) continue;
    yield chunk;
    await nextTick();
    chunk = "";
    until = performance.now() + SLICE_MS;
  }
  yield chunk;
}

function restore(
  { state, outbox, stripe, warehouse, mailbox, paymentKeys, shipmentKeys }: Simulation,
  saved: SavedState,
): void {
  stripe.store.restore(saved.payments);
  warehouse.restore(saved.shipments);
  paymentKeys.restore(saved.paymentKeys);
  shipmentKeys.restore(saved.shipmentKeys);
  mailbox.emails.restore(saved.mails);
  state.ledger.restore(saved.ledger);
  outbox.events.restore(saved.events);
  for (const [order, amount] of saved.amounts) state.amounts.set(order, amount);
}
