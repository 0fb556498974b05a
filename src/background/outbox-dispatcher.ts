import type { Client } from "@temporalio/client";
import type { Database } from "../database/database.js";
import { awaitsStart, deleteDelivered, leaseOutbox, type OutboxRow } from "../database/queries/outbox.js";
import { signalRun, startRun } from "../temporal/start-run.js";
import { withTimeout } from "../temporal/with-timeout.js";

export interface DispatcherOptions {
  /** A worker's own client starts eagerly: the first workflow task comes back with the start. */
  eager: boolean;
  /** Younger rows are left to the workers. */
  minAgeMs: number;
  /** Rows in flight at once. */
  inFlight: number;
  sweepMs: number;
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
  const remove = batchDeletes(database);
  let stopped = false;
  let running = false;
  let again = false;
  /** Whether more may wait than the last lease had room for. */
  let behind = false;

  const deliverAndDelete = async (row: OutboxRow): Promise<void> => {
    try {
      if (await deliver(database, client, row, options.eager)) await remove(row.seq);
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
        const room = options.inFlight - inFlight.size;
        behind = room <= 0;
        if (stopped || behind) break;
        const rows = await leaseOutbox(database.db, room, options.minAgeMs);
        behind = rows.length === room;
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
  const unsubscribe =
    options.minAgeMs === 0 ? database.notifier.subscribe("idem_outbox", () => void round()) : () => {};
  void round();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      unsubscribe();
      await Promise.allSettled(inFlight);
    },
  };
}

/** Deletes delivered rows, those of one moment in one statement. */
function batchDeletes({ db }: Database): (seq: number) => Promise<void> {
  let delivered: number[] = [];
  let next: Promise<void> | null = null;
  const deleteAll = async () => {
    await new Promise(setImmediate);
    const seqs = delivered;
    [delivered, next] = [[], null];
    await deleteDelivered(db, seqs);
  };
  return (seq) => {
    delivered.push(seq);
    next ??= deleteAll();
    return next;
  };
}

/** Whether the row was delivered: only then is it deleted. */
async function deliver({ db }: Database, client: Client, row: OutboxRow, eager: boolean): Promise<boolean> {
  const ref = { workflow: row.workflow, subjectId: row.subject_id, orderId: row.order_id };
  if (row.signal === null) {
    await withTimeout(CALL_TIMEOUT_MS, startRun(client, ref, eager));
    return true;
  }
  if (await awaitsStart(db, row.workflow, row.subject_id)) return false;
  const { name, number } = row.signal;
  await withTimeout(CALL_TIMEOUT_MS, signalRun(client, ref, name, { number }));
  return true;
}
