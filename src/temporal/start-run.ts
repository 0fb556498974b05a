import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import { TypedSearchAttributes } from "@temporalio/common";
import {
  NEEDS_ATTENTION,
  ORDER_STATUS,
  type OrderInput,
  PLACED,
  type RefundInput,
  type SignalPayload,
  TASK_QUEUE,
  WORKFLOW_TYPE,
} from "../../workflows/names.js";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../idempotency/derived-ids.js";

/** The run that something is delivered to. */
export interface RunRef {
  workflow: "order" | "refund";
  /** The order's or the refund's id. */
  subjectId: string;
  orderId: string;
}

const REFUND_ATTRIBUTES = new TypedSearchAttributes([{ key: NEEDS_ATTENTION, value: false }]);
const ORDER_ATTRIBUTES = new TypedSearchAttributes([
  { key: ORDER_STATUS, value: PLACED },
  { key: NEEDS_ATTENTION, value: false },
]);

/** What the Temporal UI shows of a run from its beginning: nothing about a person. */
export interface RunText {
  /** Its title, at most 200 bytes. */
  summary: string;
  /** Markdown. */
  details: string;
}

function optionsOf({ workflow, subjectId, orderId }: RunRef) {
  return workflow === "order"
    ? {
        type: WORKFLOW_TYPE.order,
        workflowId: orderWorkflowId(orderId),
        args: [{ orderId } satisfies OrderInput],
        typedSearchAttributes: ORDER_ATTRIBUTES,
      }
    : {
        type: WORKFLOW_TYPE.refund,
        workflowId: refundWorkflowId(subjectId),
        args: [{ refundId: subjectId, orderId } satisfies RefundInput],
        typedSearchAttributes: REFUND_ATTRIBUTES,
      };
}

/**
 * Starts a run, once: where one is there, whoever started it and however it ended, there is nothing to do. A refund's
 * operation in the database keeps it single, so a refund whose run is over may run again. False where one is there.
 */
export async function startRun(client: Client, ref: RunRef, text: RunText, eager: boolean): Promise<boolean> {
  const { type, ...options } = optionsOf(ref);
  try {
    await client.workflow.start(type, {
      ...options,
      staticSummary: text.summary,
      staticDetails: text.details,
      taskQueue: TASK_QUEUE,
      workflowIdReusePolicy: ref.workflow === "order" ? "REJECT_DUPLICATE" : "ALLOW_DUPLICATE",
      workflowIdConflictPolicy: "FAIL",
      requestEagerStart: eager,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Signals a run that is open; false where there is none. */
export async function signalOpenRun(
  client: Client,
  ref: RunRef,
  name: string,
  payload: SignalPayload,
): Promise<boolean> {
  try {
    await client.workflow.getHandle(optionsOf(ref).workflowId).signal(name, payload);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Goes on where a run is over: an order is taken over by another run, at most one at a time; a refund runs again. */
export async function signalNewRun(
  client: Client,
  ref: RunRef,
  text: RunText,
  name: string,
  payload: SignalPayload,
): Promise<void> {
  const { type, ...options } = optionsOf(ref);
  const isOrder = ref.workflow === "order";
  await client.workflow.signalWithStart(isOrder ? WORKFLOW_TYPE.takeover : type, {
    ...options,
    ...(isOrder && { workflowId: takeoverWorkflowId(ref.orderId) }),
    staticSummary: isOrder ? `Takeover: ${text.summary}` : text.summary,
    staticDetails: isOrder ? `${text.details}\n\nGoes on with an order whose own run is no more.` : text.details,
    taskQueue: TASK_QUEUE,
    signal: name,
    signalArgs: [payload],
  });
}
