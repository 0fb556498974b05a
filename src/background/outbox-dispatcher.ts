import type { Client } from "@temporalio/client";
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { awaitsStart, lease, type OutboxRow, settle } from "../database/outbox.js";
import type { OrderBook } from "../database/order-book.js";
import { orderWorkflowId, refundWorkflowId, settleWorkflowId } from "../idempotency/derived-ids.js";
import { NEWEST_WAY, noticeSignal, TASK_QUEUE } from "../../workflows/contract.js";
import { NEEDS_ATTENTION, ORDER_STATUS, PLACED } from "../../workflows/search-attributes.js";
import { TypedSearchAttributes } from "@temporalio/common";
import { answerWithin } from "../temporal/with-timeout.js";

export interface DispatcherOptions {
  /** A worker's own client starts eagerly: the first workflow task comes back with the start. */
  eager: boolean;
  /** Rows younger than this are left to the workers. */
  minAgeMs: number;
  /** Rows in hand at once. */
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
 * Carries the outbox to Temporal: starts runs and signals news, each as often as it takes and each with one effect.
 * A note wakes it after a commit; a sweep finds what a note did not tell.
 */
export function startDispatcher(book: OrderBook, client: Client, options: DispatcherOptions): Dispatcher {
  const inHand = new Set<Promise<void>>();
  let stopped = false;
  let running = false;
  let again = false;
  /** Whether more may wait than the last look had room for. */
  let behind = false;

  const settled = settling(book);
  const carry = async (row: OutboxRow): Promise<void> => {
    try {
      if (await deliver(book, client, row, options.eager)) await settled(row.seq);
    } catch (error) {
      options.onFailure(error, row); // the lease runs out and the row is tried again
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
        const room = options.inFlight - inHand.size;
        behind = room <= 0;
        if (stopped || behind) break;
        const rows = await lease(book.db, room, options.minAgeMs);
        behind = rows.length === room;
        for (const row of rows) {
          const work = carry(row).finally(() => {
            inHand.delete(work);
            if (behind) void round();
          });
          inHand.add(work);
        }
      } while (again);
    } catch (error) {
      options.onFailure(error, null);
    } finally {
      running = false;
    }
  };

  const timer = setInterval(() => void round(), options.sweepMs);
  const unhear = options.minAgeMs === 0 ? book.bell.hear("idem_outbox", () => void round()) : () => {};
  void round();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      unhear();
      await Promise.allSettled(inHand);
    },
  };
}

/** Settles delivered rows, those of one moment in one statement. */
function settling(book: OrderBook): (seq: number) => Promise<void> {
  let delivered: number[] = [];
  let next: Promise<void> | null = null;
  const settleAll = async () => {
    await new Promise(setImmediate);
    const seqs = delivered;
    [delivered, next] = [[], null];
    await settle(book.db, seqs);
  };
  return (seq) => {
    delivered.push(seq);
    next ??= settleAll();
    return next;
  };
}

/** Whether the row is done with. */
async function deliver(book: OrderBook, client: Client, row: OutboxRow, eager: boolean): Promise<boolean> {
  if (row.notice === null) {
    await answerWithin(CALL_TIMEOUT_MS, start(client, row, eager));
    return true;
  }
  const workflowId = row.workflow === "order" ? orderWorkflowId(row.subject_id) : refundWorkflowId(row.subject_id);
  if (await awaitsStart(book.db, row.workflow, row.subject_id)) return false;
  try {
    await answerWithin(CALL_TIMEOUT_MS, client.workflow.getHandle(workflowId).signal(noticeSignal, row.notice));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if (row.workflow === "order") await answerWithin(CALL_TIMEOUT_MS, settleByRun(client, row));
  }
  return true;
}

/** What a run is listed under until it says otherwise. */
const LISTED_REFUND = new TypedSearchAttributes([{ key: NEEDS_ATTENTION, value: false }]);
const LISTED_ORDER = new TypedSearchAttributes([
  { key: ORDER_STATUS, value: PLACED },
  { key: NEEDS_ATTENTION, value: false },
]);

async function start(client: Client, row: OutboxRow, eager: boolean): Promise<void> {
  const order = row.workflow === "order";
  try {
    await client.workflow.start(order ? "placeOrder" : "refund", {
      workflowId: order ? orderWorkflowId(row.subject_id) : refundWorkflowId(row.subject_id),
      taskQueue: TASK_QUEUE,
      args: [order ? { orderId: row.order_id, way: NEWEST_WAY } : { refundId: row.subject_id, orderId: row.order_id }],
      // A refund whose run was ended from outside is taken up again: its step in the book keeps it from being made twice.
      workflowIdReusePolicy: order ? "REJECT_DUPLICATE" : "ALLOW_DUPLICATE_FAILED_ONLY",
      workflowIdConflictPolicy: "FAIL",
      requestEagerStart: eager,
      staticSummary: order ? "Order" : "Refund",
      staticDetails: order ? `Order \`${row.order_id}\`` : `Refund \`${row.subject_id}\` of order \`${row.order_id}\``,
      typedSearchAttributes: order ? LISTED_ORDER : LISTED_REFUND,
    });
  } catch (error) {
    // The run is there, whoever started it and however it ended: exactly what was wanted.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** The order's own run has closed or is gone: a run beside it applies the news. */
async function settleByRun(client: Client, row: OutboxRow): Promise<void> {
  await client.workflow.signalWithStart("settleOrder", {
    workflowId: settleWorkflowId(row.order_id),
    taskQueue: TASK_QUEUE,
    args: [{ orderId: row.order_id, way: NEWEST_WAY }],
    signal: noticeSignal,
    signalArgs: [row.notice as NonNullable<OutboxRow["notice"]>],
    typedSearchAttributes: LISTED_ORDER,
    staticSummary: "News for a closed order",
    staticDetails: `Order \`${row.order_id}\``,
  });
}
