import { type Change, isUnchanged, type Signal, type StockDelta } from "../domain/change.js";
import type { Order } from "../domain/order.js";
import { balances, statusShown } from "../domain/order.js";
import { promisedRefunds } from "../domain/refund.js";
import type { Shipment } from "../domain/shipment.js";
import { toJsonb } from "./jsonb.js";
import { NOTIFY_OUTBOX } from "./notifier.js";
import type { Session } from "./pool.js";
import { BODY_VERSION, writeRequestBody } from "./request-body.js";
import type { CommandOperation } from "./schema.js";

/** How long after a request its outcome is first polled: with the poller's own pace within 60 s (E8), in milliseconds. */
export const FIRST_POLL_MS = 50_000;

/** Another order reserved the units that were free a moment ago: load and decide again. */
export class StockConflictError extends Error {
  override readonly name = "StockConflictError";
}

/** A keyed command that is stored with the change it makes. */
export interface NewCommand {
  id: string;
  operation: CommandOperation;
  fingerprint: { version: number; digest: Buffer };
  body: object;
  actor: string;
  /** The id of the key that it came with. */
  keyId: string | null;
  /** The attention that a resolution is bound to; such a command is a fact that the run applies. */
  attentionId: string | null;
}

/** What a keyed refund keeps of its request. */
export interface NewRefund {
  id: string;
  fingerprint: { version: number; digest: Buffer };
  reason: string | null;
}

/** What is written beside the order and is no part of it. */
export interface Alongside {
  command?: NewCommand;
  refund?: NewRefund;
  /** Whether what waits for a provider's event is polled now. */
  polls?: boolean;
}

interface SavedRow extends Saved {
  [column: string]: unknown;
}

export interface Saved {
  version: number;
  /** The database's clock, epoch milliseconds. */
  now: number;
}

/** A statement in the making: texts with `:name` in place of values, which are bound by position. */
class Statement {
  private readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** Adds a part that reads `saved`, the row of the order that is being changed. */
  with(name: string, text: string, values: Record<string, unknown>): void {
    const bound = text.replace(/:([a-z]\w*)/gi, (whole, parameter: string) => {
      if (!(parameter in values)) return whole;
      this.values.push(values[parameter]);
      return `$${this.values.length}`;
    });
    this.parts.push(`${name} as (${bound})`);
  }

  toQuery(select: string): [text: string, values: unknown[]] {
    return [`with ${this.parts.join(", ")} ${select}`, this.values];
  }
}

const RESULT = "select saved.version, (extract(epoch from clock_timestamp()) * 1000)::bigint as now";

/**
 * Writes a change in one statement, all or nothing, guarded by the version that it was decided on; null when the order
 * has another version by now. Throws StockConflictError, DatabaseUnavailableError.
 */
export async function saveOrder(
  session: Session,
  before: Order,
  change: Change,
  after: Order,
  alongside: Alongside = {},
): Promise<Saved | null> {
  const statement = new Statement();
  addOrder(statement, before, change, after, alongside);
  addRows(statement, change, after, alongside);
  if (alongside.command) addCommand(statement, alongside.command);
  if (change.signals.length > 0) addSignals(statement, change.signals, after, alongside);
  if (change.stock.length > 0) addStock(statement, change.stock);
  if (alongside.polls) addPolls(statement);
  if (change.erase) addErasure(statement);
  const wakes = change.signals.length > 0;
  const [text, values] = statement.toQuery(`${RESULT}${wakes ? `, ${NOTIFY_OUTBOX}` : ""} from saved`);
  try {
    const [saved] = await session.query<SavedRow>(text, values);
    return saved ?? null;
  } catch (error) {
    if (isStockConflict(error)) throw new StockConflictError("the stock is not there any more");
    throw error;
  }
}

const FIRST_POLL_OF_ORDER = `coalesce(next_poll_at, now() + interval '${FIRST_POLL_MS} milliseconds')`;

function addOrder(
  statement: Statement,
  before: Order,
  change: Change,
  after: Order,
  { command, polls }: Alongside,
): void {
  const { payment } = after;
  const isNumbered = command !== undefined && command.attentionId !== null;
  statement.with(
    "saved",
    `update orders set version = version + 1, status = :status, failure_code = :failureCode,
      failure_reason = :failureReason, payment_status = :paymentStatus, payment_reference = :paymentReference,
      payment_action_url = :actionUrl, payment_received = :received, capture_before = ${fromMs(":captureBefore")},
      multicapture = :multicapture, deadline = ${fromMs(":deadline")}, run_id = :runId,
      event_count = event_count + :events, fact_count = fact_count + :facts,
      captured_amount = :captured, refunds_promised = :promised,
      closed_at = ${fromMs(":closedAt")}, purged_at = ${fromMs(":purgedAt")}, updated_at = ${isUnchanged(change) ? "updated_at" : "now()"},
      next_poll_at = case when :polled then ${polls ? "now()" : FIRST_POLL_OF_ORDER} end
      ${change.erase ? ", request_body = null, reference = null" : ""}
      ${change.row.request ? ", request_body = :requestBody, body_version = :bodyVersion" : ""}
    where id = :id and version = :version
    returning id, tenant, currency, version, event_count, fact_count`,
    {
      status: after.status,
      failureCode: after.failure?.code ?? null,
      failureReason: after.failure?.reason ? toJsonb(after.failure.reason) : null,
      paymentStatus: payment.status,
      paymentReference: payment.reference,
      actionUrl: payment.actionUrl,
      received: payment.received,
      captureBefore: payment.captureBefore,
      multicapture: payment.multicapture,
      deadline: after.deadline,
      runId: after.runId,
      events: change.events.length,
      facts: isNumbered ? 1 : 0,
      captured: balances(after).captured,
      promised: promisedRefunds(after.refunds),
      closedAt: after.closedAt,
      purgedAt: after.purgedAt,
      polled: isPolled(after),
      requestBody: change.row.request ? writeRequestBody(change.row.request) : null,
      bodyVersion: BODY_VERSION,
      id: before.id,
      version: before.version,
    },
  );
}

/** While the customer is to act, and until the terms of an authorization that shares depend on are known. */
function isPolled(order: Order): boolean {
  if (order.payment.reference === null || order.closedAt !== null) return false;
  const lacksTerms = order.payment.status === "authorized" && order.payment.multicapture === null;
  return order.status === "awaiting_payment" || lacksTerms;
}

const fromMs = (parameter: string) => `to_timestamp(${parameter}::bigint / 1000.0)`;

/** Times travel as epoch milliseconds inside JSON. */
const at = (column: string) => `to_timestamp(${column} / 1000.0)`;

function addRows(statement: Statement, change: Change, after: Order, { refund }: Alongside): void {
  const add = (name: string, text: string, rows: readonly object[]) => {
    if (rows.length > 0) statement.with(name, text, { [name]: toJsonb(rows) });
  };
  if (change.events.length > 0)
    statement.with("events", EVENTS, { events: toJsonb(change.events), shown: statusShown(after) });
  add(
    "shipments",
    SHIPMENTS,
    change.shipments.map((shipment) => ({ ...shipment, pollInMs: pollIn(shipment, after) })),
  );
  add("operations", OPERATIONS, placed(change.operations, after.operations, ({ name }) => name).map(flattenOutcome));
  add(
    "entries",
    ENTRIES,
    placed(change.entries, after.ledger, ({ name }) => name),
  );
  add(
    "attentions",
    ATTENTIONS,
    placed(change.attentions, after.attentions, ({ id }) => id),
  );
  add(
    "emails",
    EMAILS,
    placed(change.emails, after.emails, ({ kind, about }) => `${kind}/${about}`),
  );
  const refunds = placed(change.refunds, after.refunds, ({ id }) => id);
  add(
    "refunds",
    REFUNDS,
    refunds.map((row) => ({ ...row, ...(row.id === refund?.id && claimOf(refund)) })),
  );
  if (change.applied.length > 0) {
    statement.with("applied_events", APPLIED_EVENTS, { applied: change.applied });
    statement.with("applied_commands", APPLIED_COMMANDS, { applied: change.applied });
  }
}

/** Rows with their places in the list they belong to. */
function placed<Row>(
  rows: readonly Row[],
  all: readonly Row[],
  key: (row: Row) => string,
): (Row & { place: number })[] {
  if (rows.length === 0) return [];
  const places = new Map(all.map((row, place) => [key(row), place]));
  return rows.map((row) => ({ ...row, place: places.get(key(row)) ?? all.length }));
}

function flattenOutcome({ outcome, ...operation }: Order["operations"][number] & { place: number }): object {
  return { ...operation, result: outcome?.result ?? null, reference: outcome?.reference ?? null, ...outcome?.reason };
}

function claimOf({ fingerprint, reason }: NewRefund): object {
  return { fingerprint: fingerprint.digest.toString("hex"), fingerprintVersion: fingerprint.version, reason };
}

function pollIn({ status }: Shipment, { policy }: Order): number | null {
  if (status === "requested") return FIRST_POLL_MS;
  return status === "shipped" ? Math.min(FIRST_POLL_MS, policy.deliveryDeadlineMs) : null;
}

const EVENTS = `
  insert into order_events (order_id, id, type, actor, data, tenant, status)
  select saved.id, saved.event_count - jsonb_array_length(:events) + event.ordinality, event.type, event.actor, event.data,
    saved.tenant, :shown
  from saved, rows from (jsonb_to_recordset(:events) as (type text, actor text, data jsonb))
    with ordinality as event (type, actor, data, ordinality)`;

const SHIPMENTS = `
  insert into shipments (id, order_id, warehouse, position, status, lines, share, carrier, tracking_number, tracking_url,
    requested_at, shipped_at, delivered_at, late_report, next_poll_at)
  select row.id, saved.id, row.warehouse, row.position, row.status, row.lines, row.share, row.carrier,
    row."trackingNumber", row."trackingUrl", ${at('row."requestedAt"')}, ${at('row."shippedAt"')}, ${at('row."deliveredAt"')},
    row."lateReport", now() + row."pollInMs" * interval '1 millisecond'
  from saved, jsonb_to_recordset(:shipments) as row (id text, warehouse text, position integer, status text, lines jsonb,
    share bigint, carrier text, "trackingNumber" text, "trackingUrl" text, "requestedAt" bigint, "shippedAt" bigint, "deliveredAt" bigint,
    "lateReport" text, "pollInMs" integer)
  on conflict (id) do update set status = excluded.status, lines = excluded.lines, carrier = excluded.carrier,
    tracking_number = excluded.tracking_number, tracking_url = excluded.tracking_url, requested_at = excluded.requested_at, shipped_at = excluded.shipped_at,
    delivered_at = excluded.delivered_at, late_report = excluded.late_report,
    next_poll_at = case when shipments.status = excluded.status then shipments.next_poll_at else excluded.next_poll_at end`;

const OPERATIONS = `
  insert into operations (order_id, name, position, key, round, amount, final, first_attempt_at, result, reference,
    failure_code, decline_code, message, provider_request_id, decided_at)
  select saved.id, row.name, row.place, row.key, row.round, row.amount, row.final, ${at('row."firstAttemptAt"')},
    row.result, row.reference, row.code, row."declineCode", row.message, row."requestId",
    case when row.result is not null then now() end
  from saved, jsonb_to_recordset(:operations) as row (name text, place integer, key text, round integer, amount bigint,
    final boolean, "firstAttemptAt" bigint, result text, reference text, code text, "declineCode" text, message text,
    "requestId" text)
  on conflict (order_id, name) do update set key = excluded.key, round = excluded.round, amount = excluded.amount,
    final = excluded.final, first_attempt_at = excluded.first_attempt_at, result = excluded.result,
    reference = excluded.reference, failure_code = excluded.failure_code, decline_code = excluded.decline_code,
    message = excluded.message, provider_request_id = excluded.provider_request_id,
    decided_at = case when excluded.result is not null then coalesce(operations.decided_at, excluded.decided_at) end`;

const ENTRIES = `
  insert into ledger_entries (order_id, name, position, credit, debit, amount, posted_at)
  select saved.id, row.name, row.place, row.from, row.to, row.amount, ${at('row."postedAt"')}
  from saved, jsonb_to_recordset(:entries) as row (name text, place integer, "from" text, "to" text, amount bigint,
    "postedAt" bigint)`;

const ATTENTIONS = `
  insert into attentions (id, order_id, tenant, position, step, cause, amount, since, reason, resolution, resolved_at)
  select row.id, saved.id, saved.tenant, row.place, row.step, row.cause, row.amount, ${at("row.since")}, row.reason,
    row.resolution, ${at('row."resolvedAt"')}
  from saved, jsonb_to_recordset(:attentions) as row (id text, place integer, step text, cause text, amount bigint,
    since bigint, reason jsonb, resolution jsonb, "resolvedAt" bigint)
  on conflict (id) do update set resolution = excluded.resolution, resolved_at = excluded.resolved_at`;

const EMAILS = `
  insert into emails (order_id, kind, about, position, status, sending, unknown_sends, first_attempt_at, next_attempt_at, sent_at)
  select saved.id, row.kind, row.about, row.place, row.status, row.sending, row."unknownSends", ${at('row."firstAttemptAt"')},
    ${at('row."nextAttemptAt"')}, case when row.status = 'sent' then now() end
  from saved, jsonb_to_recordset(:emails) as row (kind text, about text, place integer, status text, sending boolean,
    "unknownSends" integer, "firstAttemptAt" bigint, "nextAttemptAt" bigint)
  on conflict (order_id, kind, about) do update set status = excluded.status, sending = excluded.sending, unknown_sends = excluded.unknown_sends,
    first_attempt_at = excluded.first_attempt_at, next_attempt_at = excluded.next_attempt_at,
    sent_at = coalesce(emails.sent_at, excluded.sent_at)`;

const REFUNDS = `
  insert into refunds (id, order_id, tenant, position, amount, currency, reason, status, pending, provider_reference,
    fingerprint, fingerprint_version, next_poll_at)
  select row.id, saved.id, saved.tenant, row.place, row.amount, saved.currency, row.reason, row.status, row.pending,
    row.reference, decode(row.fingerprint, 'hex'), row."fingerprintVersion",
    case when row.pending then now() + interval '${FIRST_POLL_MS} milliseconds' end
  from saved, jsonb_to_recordset(:refunds) as row (id text, place integer, amount bigint, reason text, status text,
    pending boolean, reference text, fingerprint text, "fingerprintVersion" smallint)
  on conflict (id) do update set status = excluded.status, pending = excluded.pending,
    provider_reference = excluded.provider_reference, updated_at = now(),
    next_poll_at = case when excluded.pending then coalesce(refunds.next_poll_at, excluded.next_poll_at) end`;

const APPLIED_EVENTS = `
  update provider_events set applied_at = now() from saved
  where provider_events.order_id = saved.id and provider_events.number = any(:applied::integer[])
    and provider_events.applied_at is null`;

const APPLIED_COMMANDS = `
  update commands set applied_at = now() from saved
  where commands.order_id = saved.id and commands.number = any(:applied::integer[]) and commands.applied_at is null`;

function addCommand(statement: Statement, command: NewCommand): void {
  const isFact = command.attentionId !== null;
  statement.with(
    "command",
    `insert into commands (id, order_id, number, operation, fingerprint, fingerprint_version, body, attention_id, actor,
       key_id, applied_at)
     select :id, saved.id, ${isFact ? "saved.fact_count" : "null"}, :operation, :digest, :fingerprintVersion, :body,
       :attentionId, :actor, :keyId, ${isFact ? "null" : "now()"} from saved`,
    {
      id: command.id,
      operation: command.operation,
      digest: command.fingerprint.digest,
      fingerprintVersion: command.fingerprint.version,
      body: toJsonb(command.body),
      attentionId: command.attentionId,
      actor: command.actor,
      keyId: command.keyId,
    },
  );
}

/** The signal that brings a stored command carries its number. */
function addSignals(statement: Statement, signals: readonly Signal[], after: Order, { command }: Alongside): void {
  const number = command && command.attentionId !== null ? after.factCount + 1 : null;
  const rows = signals.map(({ workflow, subjectId, name }) => ({
    workflow,
    subject: subjectId,
    signal: name && { name, number: name === "attentionResolved" && workflow === "order" ? number : null },
  }));
  statement.with(
    "signals",
    `insert into outbox (tenant, workflow, subject_id, order_id, signal)
     select saved.tenant, row.workflow, row.subject, saved.id, row.signal
     from saved, jsonb_to_recordset(:signals) as row (workflow text, subject text, signal jsonb)
     on conflict (workflow, subject_id) where signal is null do nothing`,
    { signals: toJsonb(rows) },
  );
}

/** Rows that many orders share are locked in one order, whoever locks them. */
function addStock(statement: Statement, stock: readonly StockDelta[]): void {
  statement.with(
    "deltas",
    `select saved.tenant, row.* from saved,
       jsonb_to_recordset(:stock) as row (warehouse text, sku text, reserved bigint, "onHand" bigint)`,
    { stock: toJsonb(stock) },
  );
  statement.with(
    "locked",
    `select stock.tenant, stock.sku, stock.warehouse from stock join deltas using (tenant, sku, warehouse)
     order by stock.warehouse, stock.sku for update of stock`,
    {},
  );
  statement.with(
    "moved",
    `update stock set reserved = stock.reserved + deltas.reserved, on_hand = stock.on_hand + deltas."onHand"
     from deltas join locked using (tenant, sku, warehouse)
     where (stock.tenant, stock.sku, stock.warehouse) = (deltas.tenant, deltas.sku, deltas.warehouse)`,
    {},
  );
}

/** Beside a change of a shipment or refund it would update a row twice, so it comes with none. */
function addPolls(statement: Statement): void {
  for (const table of ["shipments", "refunds"])
    statement.with(
      `polled_${table}`,
      `update ${table} set next_poll_at = now() from saved where order_id = saved.id and next_poll_at is not null`,
      {},
    );
}

/** What a purge erases besides the order's own row: detail, and whatever people wrote. */
function addErasure(statement: Statement): void {
  const erase = (name: string, text: string) =>
    statement.with(name, `${text} using saved where order_id = saved.id`, {});
  erase("erased_events", "delete from order_events");
  erase("erased_commands", "delete from commands");
  erase("erased_facts", "delete from provider_events");
  erase("erased_emails", "delete from emails");
  erase("erased_deliveries", "delete from webhook_deliveries");
  const blank = (name: string, table: string, columns: string) =>
    statement.with(name, `update ${table} set ${columns} from saved where order_id = saved.id`, {});
  blank(
    "erased_shipments",
    "shipments",
    "lines = '[]', carrier = null, tracking_number = null, tracking_url = null, next_poll_at = null",
  );
  blank(
    "erased_operations",
    "operations",
    "failure_code = null, decline_code = null, message = null, provider_request_id = null",
  );
  blank("erased_attentions", "attentions", "reason = null, resolution = null");
  blank("erased_refunds", "refunds", "reason = null");
}

const STOCK_CONSTRAINTS = new Set(["stock_covers_reserved", "stock_reserved_check", "stock_on_hand_check"]);

function isStockConflict(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && STOCK_CONSTRAINTS.has(String(error.constraint));
}
