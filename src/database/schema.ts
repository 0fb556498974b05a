import type { Reconciliation } from "./reconciliation.js";
import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { AttentionCause } from "../domain/attention.js";
import type { FailureCode } from "../domain/failure.js";
import type { MailKind } from "../domain/email.js";
import type { PaymentStatus } from "../domain/payment.js";
import type { Policy } from "../domain/policy.js";
import type { ShipmentLine, ShipmentStatus } from "../domain/shipment.js";
import type { Status } from "../domain/status.js";
import type { Actor, TimelineData, TimelineType } from "../domain/timeline.js";

/** The shape of the order book. Amounts are bigint there and safe integers here, mapped once in open-book.ts. */
export interface Tables {
  orders: OrdersTable;
  outbox: OutboxTable;
  commands: CommandsTable;
  steps: StepsTable;
  order_events: OrderEventsTable;
  shipments: ShipmentsTable;
  stock: StockTable;
  reservations: ReservationsTable;
  ledger_entries: LedgerEntriesTable;
  refunds: RefundsTable;
  mails: MailsTable;
  provider_events: ProviderEventsTable;
  attentions: AttentionsTable;
  api_keys: ApiKeysTable;
  reconciliations: ReconciliationsTable;
}

type Json<T> = JSONColumnType<T & object>;
type WithDefault<T> = ColumnType<T, T | undefined, T>;

export interface OrdersTable {
  id: string;
  seq: Generated<number>;
  tenant: string;
  fingerprint: Buffer;
  fingerprint_version: number;
  body: Buffer | null;
  body_version: number;
  reference: string | null;
  currency: string;
  total: number;
  status: WithDefault<Status>;
  failure_code: FailureCode | null;
  payment_status: PaymentStatus;
  payment_reference: string | null;
  payment_action_url: string | null;
  capture_before: Date | null;
  multicapture: WithDefault<boolean>;
  policy: Json<Policy>;
  /** Until when the buyer or an operator may act. */
  deadline: Date | null;
  run_id: string | null;
  /** While the buyer is to act: when the payment is looked at next. */
  look_at: Date | null;
  events: WithDefault<number>;
  created_at: WithDefault<Date>;
  updated_at: WithDefault<Date>;
  closed_at: Date | null;
  purged_at: Date | null;
}

export type WorkflowKind = "order" | "refund";

/** News for a run; null stands for its start. */
export interface Notice {
  kind: "command" | "event" | "refund" | "resume";
  id: string;
}

export interface OutboxTable {
  seq: Generated<number>;
  tenant: string;
  workflow: WorkflowKind;
  subject_id: string;
  order_id: string;
  notice: JSONColumnType<Notice> | null;
  created_at: WithDefault<Date>;
  leased_until: WithDefault<Date>;
  attempts: WithDefault<number>;
}

export interface CommandsTable {
  id: string;
  order_id: string;
  operation: string;
  fingerprint: Buffer;
  fingerprint_version: number;
  body: Buffer;
  actor: Actor;
  created_at: WithDefault<Date>;
  applied_at: Date | null;
}

/** What a step came to; null until it is known. */
export interface StepOutcome {
  result: "done" | "declined" | "refused" | "mismatch" | "skipped";
  /** The other side's own name of what was made, or its word for a refusal. */
  reference: string | null;
}

export interface StepsTable {
  order_id: string;
  step: string;
  key: string;
  params: Json<Record<string, unknown>>;
  round: WithDefault<number>;
  first_attempt_at: WithDefault<Date>;
  outcome: JSONColumnType<StepOutcome> | null;
  decided_at: Date | null;
}

export interface OrderEventsTable {
  order_id: string;
  id: number;
  type: TimelineType;
  at: WithDefault<Date>;
  actor: Actor;
  data: Json<TimelineData>;
}

export interface ShipmentsTable {
  id: string;
  order_id: string;
  warehouse: string;
  position: number;
  status: WithDefault<ShipmentStatus>;
  lines: Json<ShipmentLine[]>;
  /** Its part of the order's total. */
  share: number;
  carrier: string | null;
  tracking_number: string | null;
  requested_at: Date | null;
  shipped_at: Date | null;
  delivered_at: Date | null;
  /** While the warehouse has it to ship or deliver: when it is looked at next. */
  look_at: Date | null;
}

export interface StockTable {
  tenant: string;
  sku: string;
  warehouse: string;
  on_hand: number;
  reserved: WithDefault<number>;
}

export interface ReservationsTable {
  shipment_id: string;
  sku: string;
  order_id: string;
  tenant: string;
  warehouse: string;
  quantity: number;
}

/** Where an order's money is: with the buyer, held for us, or ours. */
export type Account = "buyer" | "held" | "taken";

export interface LedgerEntriesTable {
  order_id: string;
  step: string;
  debit: Account;
  credit: Account;
  amount: number;
  at: WithDefault<Date>;
}

export type RefundStatus = "accepted" | "succeeded" | "failed" | "needs_attention";

export interface RefundsTable {
  id: string;
  order_id: string;
  tenant: string;
  amount: number;
  currency: string;
  reason: string | null;
  status: WithDefault<RefundStatus>;
  provider_reference: string | null;
  fingerprint: Buffer | null;
  fingerprint_version: number | null;
  created_at: WithDefault<Date>;
  updated_at: WithDefault<Date>;
}

export interface MailsTable {
  order_id: string;
  kind: MailKind;
  about: WithDefault<string>;
  status: WithDefault<"queued" | "sent" | "unknown" | "refused">;
  /** When the last send was begun; null while none is. */
  attempted_at: Date | null;
  repeated: WithDefault<boolean>;
  created_at: WithDefault<Date>;
  sent_at: Date | null;
}

export type Provider = "stripe" | "fulfilment";

export interface ProviderEventsTable {
  provider: Provider;
  event_id: string;
  type: string;
  order_id: string | null;
  fact: JSONColumnType<object>;
  received_at: WithDefault<Date>;
  applied_at: Date | null;
}

export interface AttentionsTable {
  seq: Generated<number>;
  order_id: string;
  step: string;
  cause: AttentionCause;
  amount: number;
  since: WithDefault<Date>;
  resolved_at: Date | null;
}

export interface ApiKeysTable {
  hash: Buffer;
  tenant: string;
  role: "merchant" | "operator";
  created_at: WithDefault<Date>;
  revoked_at: Date | null;
}

export interface ReconciliationsTable {
  id: Generated<number>;
  result: Json<Reconciliation>;
}
