import type { Provider, ProviderCalls } from "../domain/health.js";
import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { AcceptedResolution, AttentionCause } from "../domain/attention.js";
import type { SignalName } from "../domain/change.js";
import type { EmailKind, EmailStatus } from "../domain/email.js";
import type { FactSource } from "../domain/fact.js";
import type { FailureCode } from "../domain/failure.js";
import type { Account } from "../domain/ledger.js";
import type { OperationResult, ProviderReason } from "../domain/operation.js";
import type { Role } from "../domain/role.js";
import type { PaymentStatus } from "../domain/payment.js";
import type { Policy } from "../domain/policy.js";
import type { RefundStatus } from "../domain/refund.js";
import type { ShipmentLine, ShipmentStatus } from "../domain/shipment.js";
import type { ShownStatus, Status } from "../domain/status.js";
import type { Actor, TimelineData, TimelineType } from "../domain/timeline.js";
import type { Attempt, DeliveryStatus, DisabledReason } from "../domain/webhook-attempt.js";
import type { Reconciliation } from "./queries/reconciliation-records.js";

/** The tables of the order database. Amounts are bigint there and safe integers here, mapped once in pool.ts. */
export interface Tables {
  orders: OrdersTable;
  outbox: OutboxTable;
  commands: CommandsTable;
  operations: OperationsTable;
  order_events: OrderEventsTable;
  event_marks: EventMarksTable;
  shipments: ShipmentsTable;
  stock: StockTable;
  ledger_entries: LedgerEntriesTable;
  refunds: RefundsTable;
  emails: EmailsTable;
  provider_events: ProviderEventsTable;
  attentions: AttentionsTable;
  api_keys: ApiKeysTable;
  reconciliations: ReconciliationsTable;
  workers: WorkersTable;
  alerts: AlertsTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  answered_requests: AnsweredRequestsTable;
}

type Json<T> = JSONColumnType<T & object>;
type WithDefault<T> = ColumnType<T, T | undefined, T>;

interface OrdersTable {
  id: string;
  tenant: string;
  /** Grows with every statement that changes what an order contains. */
  version: WithDefault<number>;
  fingerprint: Buffer;
  fingerprint_version: number;
  request_body: Buffer | null;
  body_version: number;
  reference: string | null;
  /** Whether it admits no other open or completed order of its reference. */
  unique_reference: WithDefault<boolean>;
  currency: string;
  total: number;
  status: WithDefault<Status>;
  failure_code: FailureCode | null;
  failure_reason: JSONColumnType<ProviderReason> | null;
  payment_status: PaymentStatus;
  payment_reference: string | null;
  payment_action_url: string | null;
  payment_received: WithDefault<number>;
  capture_before: Date | null;
  multicapture: boolean | null;
  policy: Json<Policy>;
  deadline: Date | null;
  run_id: string | null;
  event_count: WithDefault<number>;
  fact_count: WithDefault<number>;
  captured_amount: WithDefault<number>;
  refunds_promised: WithDefault<number>;
  next_poll_at: Date | null;
  created_at: WithDefault<Date>;
  updated_at: WithDefault<Date>;
  closed_at: Date | null;
  purged_at: Date | null;
}

export type WorkflowKind = "order" | "refund";

/** What a signal carries: its name is for the reader; the number is that of the fact it brings, if it brings one. */
export interface OutboxSignal {
  name: SignalName;
  number: number | null;
}

interface OutboxTable {
  seq: Generated<number>;
  tenant: string;
  workflow: WorkflowKind;
  subject_id: string;
  order_id: string;
  /** Null starts the run. */
  signal: JSONColumnType<OutboxSignal> | null;
  created_at: WithDefault<Date>;
  leased_until: WithDefault<Date>;
  attempts: WithDefault<number>;
}

export type CommandOperation = "cancel-order" | "decide-order" | "resolve-order" | "refresh-order" | "change-address";

export interface CommandsTable {
  id: string;
  order_id: string;
  /** Its place among the facts of its order; null for a command that is applied when it is accepted. */
  number: number | null;
  operation: CommandOperation;
  fingerprint: Buffer;
  fingerprint_version: number;
  body: Json<Record<string, unknown>>;
  attention_id: string | null;
  actor: Actor;
  /** The id of the key that it came with; null in what the build before accepted. */
  key_id: string | null;
  created_at: WithDefault<Date>;
  applied_at: Date | null;
}

interface OperationsTable {
  order_id: string;
  name: string;
  /** Its place among the rows of its order. */
  position: number;
  key: string;
  round: number;
  amount: number | null;
  final: boolean | null;
  first_attempt_at: Date | null;
  result: OperationResult | null;
  reference: string | null;
  failure_code: string | null;
  decline_code: string | null;
  message: string | null;
  provider_request_id: string | null;
  decided_at: Date | null;
}

interface OrderEventsTable {
  order_id: string;
  id: number;
  type: TimelineType;
  occurred_at: WithDefault<Date>;
  actor: Actor;
  data: Json<TimelineData>;
  /** Null in what was recorded before the feed, which therefore shows none of it. */
  tenant: string | null;
  /** What the order showed then; null in what the build before recorded. */
  status: ShownStatus | null;
  /** The transaction that recorded it, an xid8. */
  tx: WithDefault<string | null>;
  era: WithDefault<number | null>;
}

/** A place in the feed, and when everything before it had happened. */
interface EventMarksTable {
  era: number;
  tx: string;
  at: WithDefault<Date>;
  /** The PostgreSQL server, and its history. */
  server: string;
}

interface ShipmentsTable {
  id: string;
  order_id: string;
  warehouse: string;
  position: number;
  status: ShipmentStatus;
  lines: Json<ShipmentLine[]>;
  share: number;
  carrier: string | null;
  tracking_number: string | null;
  requested_at: Date | null;
  shipped_at: Date | null;
  delivered_at: Date | null;
  late_report: "shipped" | "delivered" | "failed" | null;
  next_poll_at: Date | null;
}

export interface StockTable {
  tenant: string;
  sku: string;
  warehouse: string;
  on_hand: number;
  reserved: WithDefault<number>;
}

interface LedgerEntriesTable {
  order_id: string;
  name: string;
  position: number;
  debit: Account;
  credit: Account;
  amount: number;
  posted_at: Date;
}

export interface RefundsTable {
  id: string;
  order_id: string;
  tenant: string;
  position: number;
  amount: number;
  currency: string;
  reason: string | null;
  status: RefundStatus;
  pending: WithDefault<boolean>;
  provider_reference: string | null;
  fingerprint: Buffer | null;
  fingerprint_version: number | null;
  next_poll_at: Date | null;
  created_at: WithDefault<Date>;
  updated_at: WithDefault<Date>;
}

interface EmailsTable {
  order_id: string;
  kind: EmailKind;
  about: string;
  position: number;
  status: EmailStatus;
  sending: WithDefault<boolean>;
  unknown_sends: WithDefault<number>;
  first_attempt_at: Date;
  next_attempt_at: Date;
  created_at: WithDefault<Date>;
  sent_at: Date | null;
}

interface ProviderEventsTable {
  provider: FactSource;
  event_id: string;
  type: string;
  order_id: string | null;
  /** Its place among the facts of its order; null where it brings none. */
  number: number | null;
  fact: JSONColumnType<object> | null;
  received_at: WithDefault<Date>;
  applied_at: Date | null;
}

interface AttentionsTable {
  id: string;
  order_id: string;
  tenant: string;
  position: number;
  step: string;
  cause: AttentionCause;
  amount: number;
  since: Date;
  reason: JSONColumnType<ProviderReason> | null;
  resolution: JSONColumnType<AcceptedResolution> | null;
  acknowledged_at: Date | null;
  resolved_at: Date | null;
}

interface ApiKeysTable {
  hash: Buffer;
  tenant: string;
  role: Role;
  /** What it is for, in an administrator's words. */
  name: string | null;
  created_at: WithDefault<Date>;
  revoked_at: Date | null;
  expires_at: Date | null;
  last_used_at: Date | null;
}

export interface ReconciliationsTable {
  id: Generated<number>;
  result: Json<Reconciliation>;
}

interface WorkersTable {
  id: string;
  queues: string[];
  build_id: string | null;
  version: string;
  started_at: WithDefault<Date>;
  last_seen_at: WithDefault<Date>;
  /** What its calls to providers came to. */
  provider_calls: ColumnType<Partial<Record<Provider, ProviderCalls>> | null, string, string>;
}

interface AlertsTable {
  channel: string;
  name: string;
  /** Of when the newest was that is sent with it, epoch milliseconds. */
  newest_at: number;
  raised_at: WithDefault<Date>;
  /** When it was last the case. */
  seen_at: WithDefault<Date>;
  sent_at: WithDefault<Date>;
}

/** A reader of the feed. `era`, `tx`, `order_id` and `event` are the place of the last event that it has deliveries for. */
interface WebhookEndpointsTable {
  id: string;
  tenant: string;
  /** Its place among the tenant's endpoints, of which there are only so many; null once it was deleted. */
  slot: number | null;
  url: string;
  /** Null for every type. */
  types: TimelineType[] | null;
  secret: string;
  /** Signs beside the secret until `previous_until`. */
  previous_secret: string | null;
  previous_until: Date | null;
  created_at: WithDefault<Date>;
  enabled_at: WithDefault<Date>;
  disabled_at: Date | null;
  disabled_reason: DisabledReason | null;
  deleted_at: Date | null;
  era: number;
  tx: string;
  order_id: WithDefault<string>;
  event: WithDefault<number>;
  failures: WithDefault<number>;
  failing_since: Date | null;
  retry_at: WithDefault<Date>;
  leased_until: WithDefault<Date>;
  leased_by: string | null;
}

interface WebhookDeliveriesTable {
  endpoint_id: string;
  /** The event's id, or a ping's. */
  id: string;
  seq: Generated<number>;
  type: TimelineType | "ping";
  occurred_at: Date;
  /** Null for a ping. */
  order_id: string | null;
  status: WithDefault<DeliveryStatus>;
  order_status: ShownStatus | null;
  shipment_id: string | null;
  refund_id: string | null;
  next_attempt_at: WithDefault<Date>;
  first_attempt_at: Date | null;
  attempt_count: WithDefault<number>;
  /** The last ones. */
  attempts: WithDefault<Json<Attempt[]>>;
  created_at: WithDefault<Date>;
}

/** A keyed request about an endpoint, with its answer for every repeat. */
interface AnsweredRequestsTable {
  id: string;
  fingerprint: Buffer;
  fingerprint_version: number;
  answer: string;
  created_at: WithDefault<Date>;
}
