import type { Attention } from "../domain/attention.js";
import type { Email } from "../domain/email.js";
import type { ProviderFact, ResolutionFact, StoredFact } from "../domain/fact.js";
import type { FailureCode } from "../domain/failure.js";
import type { LedgerEntry } from "../domain/ledger.js";
import { type Operation, operationName, type Outcome, type ProviderReason } from "../domain/operation.js";
import type { Order } from "../domain/order.js";
import type { PaymentStatus } from "../domain/payment.js";
import type { Policy } from "../domain/policy.js";
import type { Refund } from "../domain/refund.js";
import type { Shipment } from "../domain/shipment.js";
import type { Status } from "../domain/status.js";
import type { Session } from "./pool.js";
import { readRequestBody } from "./request-body.js";

/** What of an order its reader sees. */
export type ShownOrder = Pick<
  Order,
  "id" | "status" | "failure" | "currency" | "total" | "request" | "payment" | "shipments" | "ledger" | "attentions"
>;

/** An order as its reader sees it. */
export interface ListedOrder {
  order: ShownOrder;
  /** Whether a warehouse was asked for any of its shipments. */
  isRequested: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** An order as it is stored, with what only its readers need. */
export interface LoadedOrder extends ListedOrder {
  order: Order;
  /** The database's clock when it was loaded, epoch milliseconds. */
  now: number;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;

const rows = (fields: Record<string, string>, from: string, orderBy: string) => {
  const pairs = Object.entries(fields).map(([name, column]) => `'${name}', ${column}`);
  return `(select coalesce(json_agg(json_build_object(${pairs.join(", ")}) order by ${orderBy}), '[]') from ${from})`;
};

const SHIPMENTS = rows(
  {
    id: "id",
    warehouse: "warehouse",
    position: "position",
    status: "status",
    lines: "lines",
    share: "share",
    carrier: "carrier",
    trackingNumber: "tracking_number",
    trackingUrl: "tracking_url",
    requestedAt: ms("requested_at"),
    shippedAt: ms("shipped_at"),
    deliveredAt: ms("delivered_at"),
    lateReport: "late_report",
  },
  "shipments where order_id = orders.id",
  "position",
);
const OPERATIONS = rows(
  {
    name: "name",
    key: "key",
    round: "round",
    amount: "amount",
    final: "final",
    firstAttemptAt: ms("first_attempt_at"),
    result: "result",
    reference: "reference",
    failureCode: "failure_code",
    declineCode: "decline_code",
    message: "message",
    requestId: "provider_request_id",
  },
  "operations where order_id = orders.id",
  "position",
);
const LEDGER = rows(
  { name: "name", from: "credit", to: "debit", amount: "amount", postedAt: ms("posted_at") },
  "ledger_entries where order_id = orders.id",
  "position",
);
const REFUNDS = rows(
  {
    id: "id",
    amount: "amount",
    status: "status",
    pending: "pending",
    reference: "provider_reference",
    automatic: "fingerprint is null",
  },
  "refunds where order_id = orders.id",
  "position",
);
const ATTENTIONS = rows(
  {
    id: "id",
    step: "step",
    cause: "cause",
    amount: "amount",
    since: ms("since"),
    reason: "reason",
    resolution: "resolution",
    resolvedAt: ms("resolved_at"),
  },
  "attentions where order_id = orders.id",
  "position",
);
const EMAILS = rows(
  {
    kind: "kind",
    about: "about",
    status: "status",
    sending: "sending",
    unknownSends: "unknown_sends",
    firstAttemptAt: ms("first_attempt_at"),
    nextAttemptAt: ms("next_attempt_at"),
  },
  "emails where order_id = orders.id",
  "position",
);
const FACTS = `(select coalesce(json_agg(fact order by number), '[]') from (
    select number, json_build_object('number', number, 'type', type, 'fact', fact) as fact
    from provider_events where order_id = orders.id and applied_at is null and number is not null
    union all
    select number, json_build_object('number', number, 'type', operation, 'attentionId', attention_id,
      'actor', actor, 'keyId', key_id, 'body', body)
    from commands where order_id = orders.id and applied_at is null and number is not null
  ) as stored)`;

const SHOWN_COLUMNS = `
  orders.id, currency, total, request_body as "requestBody", body_version as "bodyVersion",
    status, failure_code as "failureCode", failure_reason as "failureReason", payment_status as "paymentStatus",
    payment_reference as "paymentReference", payment_action_url as "paymentActionUrl",
    payment_received as "paymentReceived", ${ms("capture_before")} as "captureBefore", multicapture,
    orders.created_at as "createdAt", updated_at as "updatedAt",
    ${SHIPMENTS} as shipments, ${LEDGER} as ledger, ${ATTENTIONS} as attentions`;
/** A scalar, since the planner may answer `exists` by a walk over all operations. */
const IS_REQUESTED = `coalesce((
    select true from operations where order_id = orders.id and starts_with(name, '${operationName.request("")}') limit 1
  ), false)`;
/** Everything that belongs to an order, of a row of `orders`, in one statement, so that the parts fit each other. */
export const ORDER_COLUMNS = `${SHOWN_COLUMNS},
    orders.tenant, version, policy, ${ms("deadline")} as deadline, run_id as "runId", event_count as "eventCount",
    fact_count as "factCount", ${ms("closed_at")} as "closedAt", ${ms("purged_at")} as "purgedAt",
    ${ms("clock_timestamp()")} as now,
    ${OPERATIONS} as operations, ${REFUNDS} as refunds, ${EMAILS} as emails, ${FACTS} as facts`;
const SELECT = `select ${ORDER_COLUMNS} from orders`;
const BY_ID = `${SELECT} where id = $1`;

interface ShownRow {
  id: string;
  currency: string;
  total: number;
  requestBody: Buffer | null;
  bodyVersion: number;
  status: Status;
  failureCode: FailureCode | null;
  failureReason: ProviderReason | null;
  paymentStatus: PaymentStatus;
  paymentReference: string | null;
  paymentActionUrl: string | null;
  paymentReceived: number;
  captureBefore: number | null;
  multicapture: boolean | null;
  createdAt: Date;
  updatedAt: Date;
  shipments: Shipment[];
  ledger: LedgerEntry[];
  attentions: Attention[];
}

export interface OrderRow extends ShownRow {
  tenant: string;
  version: number;
  policy: Policy;
  deadline: number | null;
  runId: string | null;
  eventCount: number;
  factCount: number;
  closedAt: number | null;
  purgedAt: number | null;
  now: number;
  operations: OperationRow[];
  refunds: Refund[];
  emails: Email[];
  facts: FactRow[];
}

type OperationRow = Omit<Operation, "outcome"> & {
  result: Outcome["result"] | null;
  reference: string | null;
  failureCode: string | null;
  declineCode: string | null;
  message: string | null;
  requestId: string | null;
};

type FactRow = { number: number; type: string } & (
  | { fact: ProviderFact }
  | {
      attentionId: string;
      actor: ResolutionFact["actor"];
      keyId: string | null;
      body: Pick<ResolutionFact, "action" | "reason"> & { reference?: string; paidOtherwise?: boolean };
    }
);

/** The order; null when there is none. */
export async function loadOrder(session: Session, id: string): Promise<LoadedOrder | null> {
  const [row] = await session.query<OrderRow>(BY_ID, [id]);
  return row ? toLoaded(row) : null;
}

/** What is shown of the orders that a query over `orders` selects, in its order: the text behind `from orders`. */
export async function loadShown(session: Session, where: string, values: readonly unknown[]): Promise<ListedOrder[]> {
  const text = `select ${SHOWN_COLUMNS}, ${IS_REQUESTED} as "isRequested" from orders ${where}`;
  const rows = await session.query<ShownRow & Pick<ListedOrder, "isRequested">>(text, values);
  return rows.map((row) => {
    const { isRequested, createdAt, updatedAt } = row;
    return { order: toShown(row), isRequested, createdAt, updatedAt };
  });
}

/** The orders that a query over `orders` selects, in its order: the text behind `from orders`. */
export async function loadOrders(session: Session, where: string, values: readonly unknown[]): Promise<LoadedOrder[]> {
  return (await session.query<OrderRow>(`${SELECT} ${where}`, values)).map(toLoaded);
}

function toShown(row: ShownRow): ShownOrder {
  const { id, currency, total, status, shipments, ledger, attentions } = row;
  return {
    ...{ id, status, currency, total, shipments, ledger, attentions },
    failure: row.failureCode === null ? null : { code: row.failureCode, reason: row.failureReason },
    request: readRequestBody(row.requestBody, row.bodyVersion),
    payment: {
      status: row.paymentStatus,
      reference: row.paymentReference,
      actionUrl: row.paymentActionUrl,
      captureBefore: row.captureBefore,
      multicapture: row.multicapture,
      received: row.paymentReceived,
    },
  };
}

export function toLoaded(row: OrderRow): LoadedOrder {
  const { tenant, version, policy, deadline, runId, eventCount, factCount, closedAt, purgedAt, refunds, emails } = row;
  const order: Order = {
    ...toShown(row),
    ...{ tenant, version, policy, deadline, runId, eventCount, factCount, closedAt, purgedAt, refunds, emails },
    acceptedAt: row.createdAt.getTime(),
    operations: row.operations.map(toOperation),
    facts: row.facts.map(toFact),
  };
  const isRequested = order.operations.some(({ name }) => name.startsWith(operationName.request("")));
  return { order, isRequested, createdAt: row.createdAt, updatedAt: row.updatedAt, now: row.now };
}

function toOperation({
  result,
  reference,
  failureCode,
  declineCode,
  message,
  requestId,
  ...operation
}: OperationRow): Operation {
  if (result === null) return { ...operation, outcome: null };
  const reason = failureCode === null ? null : { code: failureCode, declineCode, message, requestId };
  return { ...operation, outcome: { result, reference, reason } };
}

function toFact(row: FactRow): StoredFact {
  const { number, type } = row;
  if ("fact" in row) return { number, type, ...row.fact };
  const { action, reason, reference = null, paidOtherwise = false } = row.body;
  return {
    number,
    type,
    about: "resolution",
    attentionId: row.attentionId,
    action,
    reference,
    paidOtherwise,
    reason,
    actor: row.actor,
    keyId: row.keyId,
  };
}
