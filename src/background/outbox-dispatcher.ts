import type { Client } from "@temporalio/client";
import type { Database } from "../database/database.js";
import { awaitsStart, deleteDelivered, leaseOutbox, type OutboxRow } from "../database/queries/outbox.js";
import { formatMoney } from "../domain/format-money.js";
import { type RunText, signalNewRun, signalOpenRun, startRun } from "../temporal/start-run.js";
import { withTimeout } from "../temporal/with-timeout.js";

export interface DispatcherOptions {
  /** A worker's own client starts eagerly: the first workflow task comes back with the start. */
  eager: boolean;
  /** Younger rows are left to the workers. */
  minAgeMs: number;
  /** Rows in flight at once. */
  inFlight: number;
  sweepMs: number;
  /** Where the API is, and the console with the order of a run. */
  publicUrl: string;
  onFailure(error: unknown, row: OutboxRow | null): void;
}

export interface Dispatcher {
  stop(): Promise<void>;
}

/** Our own limit: a connection that is gone keeps a call for longer than its deadline says. */
const CALL_TIMEOUT_MS = 4_000;

/**
 * Delivers the outbox to Temporal: starts runs and signals them, each as often as it takes and each with one effect. A
 * notification wakes it after a commit; a sweep finds what a notification did not announce.
 */
export function startDispatcher(database: Database, client: Client, options: DispatcherOptions): Dispatcher {
  const inFlight = new Set<Promise<void>>();
  const delivered = createDeliveredRows(database);
  let stopped = false;
  let running = false;
  let again = false;
  /** Whether more rows may wait than the last lease took. */
  let behind = false;

  const deliverAndDelete = async (row: OutboxRow): Promise<void> => {
    try {
      if (await deliver(database, client, row, options)) delivered.add(row.seq);
    } catch (error) {
      options.onFailure(error, row); // its lease runs out and it is tried again
    }
  };

  const round = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        const free = options.inFlight - inFlight.size;
        behind = free <= 0;
        if (stopped || behind) break;
        const rows = await leaseOutbox(database.session, free, options.minAgeMs, delivered.take());
        for (const { order } of rows) database.cache.put(order);
        behind = rows.length === free;
        for (const row of rows) {
          const work = deliverAndDelete(row).finally(() => {
            inFlight.delete(work);
            if (behind) void round();
          });
          inFlight.add(work);
        }
      } while (again);
    } catch (error) {
      options.onFailure(error, null);
    } finally {
      running = false;
    }
  };

  const timer = setInterval(() => void round(), options.sweepMs);
  const unsubscribe = options.minAgeMs === 0 ? database.notifier.onOutbox(() => void round()) : () => {};
  void round();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      unsubscribe();
      await Promise.allSettled(inFlight);
      await delivered.flush();
    },
  };
}

/** How long a delivered row waits for the next lease to delete it along. */
const DELETE_AFTER_MS = 50;

/** Rows that were delivered: the next lease deletes them, or a statement of their own if none comes. */
function createDeliveredRows({ session }: Database) {
  let seqs: number[] = [];
  let timer: NodeJS.Timeout | null = null;
  const take = (): number[] => {
    if (timer) clearTimeout(timer);
    const taken = seqs;
    [seqs, timer] = [[], null];
    return taken;
  };
  // What fails to be deleted is delivered once more, with no further effect.
  const flush = async (): Promise<void> => {
    const taken = take();
    if (taken.length > 0) await deleteDelivered(session, taken).catch(() => {});
  };
  return {
    add(seq: number): void {
      seqs.push(seq);
      timer ??= setTimeout(() => void flush(), DELETE_AFTER_MS);
    },
    take,
    flush,
  };
}

/** How much a run is about, and where its order is shown. */
function describeRun({ workflow, subjectId, order }: OutboxRow, publicUrl: string): RunText {
  const details = `[Order \`${order.id}\`](${publicUrl}/console/orders/${order.id})`;
  if (workflow === "refund") {
    const amount = order.refunds.find(({ id }) => id === subjectId)?.amount ?? 0;
    return { summary: `Refund of ${formatMoney(amount, order.currency)}`, details };
  }
  const units = order.request?.lines.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
  const size = units === 1 ? "1 unit" : `${units} units`;
  return { summary: `${formatMoney(order.total, order.currency)}, ${size}`, details };
}

const LOAD_AGAIN = { name: "reconciled", number: null } as const;

/** Whether the row was delivered: only then is it deleted. */
async function deliver(
  { db }: Database,
  client: Client,
  row: OutboxRow,
  { eager, publicUrl }: DispatcherOptions,
): Promise<boolean> {
  const text = describeRun(row, publicUrl);
  if (row.signal === null) {
    if (await withTimeout(CALL_TIMEOUT_MS, startRun(client, row, text, eager))) return true;
    // Delivered before; or the database was restored, and what it forgot was accepted again: another run takes it over.
    if (row.workflow === "refund" || row.order.runId !== null) return true;
  }
  const { name, number } = row.signal ?? LOAD_AGAIN;
  if (await withTimeout(CALL_TIMEOUT_MS, signalOpenRun(client, row, name, { number }))) return true;
  if (row.signal !== null && (await awaitsStart(db, row.workflow, row.subjectId))) return false; // it waits for its run
  await withTimeout(CALL_TIMEOUT_MS, signalNewRun(client, row, text, name, { number }));
  return true;
}
