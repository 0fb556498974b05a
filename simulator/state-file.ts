import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { KeyEntry } from "./key-store.js";
import type { KeptMail } from "./mailbox/mail-store.js";
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
  mails: KeptMail[];
  ledger: Effect[];
  events: EventRecord[];
  amounts: [string, number][];
}

const FILE_NAME = "simulator-state.json";
const QUIET_MS = 500;
/** Under load a snapshot may take this share of the time, no more. */
const LOAD_SHARE = 30;
/** A snapshot is one string at the end, and strings have their limits: the newest of each kind are kept. */
const KEPT = 20_000;
const SLICE_MS = 8;

/** Keeps the outside world over restarts: a snapshot, written soon after things changed, whole or not at all. */
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
    else process.stderr.write(`simulator: ${FILE_NAME} cannot be read, beginning anew\n`);
  }

  watch(): void {
    this.simulation.world.onChange(() => {
      this.dirty = true;
      this.saveSoon();
    });
  }

  /** The last snapshot; nothing is written after it. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.writing;
    if (this.dirty) await this.save();
  }

  private saveSoon(): void {
    if (!this.closed) this.timer ??= setTimeout(() => void this.save(), this.pauseMs);
  }

  /** The timer stays taken until the file is written, so that no two snapshots are written at once. */
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

function* snapshot({ world, outbox, desk, floor, mail, paymentKeys, shipmentKeys }: Simulation): Generator<string> {
  yield '{"version":1';
  yield* member("payments", desk.book.payments.slice(-KEPT));
  yield* member("shipments", [...floor.all()].slice(-KEPT));
  yield* member("paymentKeys", paymentKeys.answered(KEPT));
  yield* member("shipmentKeys", shipmentKeys.answered(KEPT));
  yield* member("mails", mail.mails.all());
  yield* member("ledger", world.ledger.newest(KEPT));
  yield* member("events", outbox.events.newest(KEPT));
  yield* member("amounts", [...world.amounts].slice(-KEPT));
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

/** The snapshot in pieces, letting the wires breathe between them. */
async function* slices(lines: Generator<string>): AsyncGenerator<string> {
  let chunk = "";
  let until = performance.now() + SLICE_MS;
  for (const line of lines) {
    chunk += line;
    if (performance.now() < until) continue;
    yield chunk;
    await breathe();
    chunk = "";
    until = performance.now() + SLICE_MS;
  }
  yield chunk;
}

function restore({ world, outbox, desk, floor, mail, paymentKeys, shipmentKeys }: Simulation, saved: SavedState): void {
  desk.book.restore(saved.payments);
  floor.restore(saved.shipments);
  paymentKeys.restore(saved.paymentKeys);
  shipmentKeys.restore(saved.shipmentKeys);
  mail.mails.restore(saved.mails);
  world.ledger.restore(saved.ledger);
  outbox.events.restore(saved.events);
  for (const [order, amount] of saved.amounts) world.amounts.set(order, amount);
}
