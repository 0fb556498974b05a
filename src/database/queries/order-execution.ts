import type { EmailKind, EmailStatus } from "../../domain/email.js";
import type { OperationResult } from "../../domain/operation.js";
import type { Session } from "../pool.js";

export interface OperationRow {
  name: string;
  key: string;
  round: number;
  amount: number | null;
  firstAttemptAt: Date | null;
  result: OperationResult | null;
  reference: string | null;
  code: string | null;
  declineCode: string | null;
  message: string | null;
  requestId: string | null;
  decidedAt: Date | null;
}

/** Every call to a provider that an order made or plans, in the order in which they were planned. */
export function listOperations(session: Session, orderId: string): Promise<OperationRow[]> {
  return session.query<OperationRow & Record<string, unknown>>(
    `select name, key, round, amount, first_attempt_at as "firstAttemptAt", result, reference, failure_code as code,
       decline_code as "declineCode", message, provider_request_id as "requestId", decided_at as "decidedAt"
     from operations where order_id = $1 order by position`,
    [orderId],
  );
}

export interface EmailRow {
  kind: EmailKind;
  about: string;
  status: EmailStatus;
  createdAt: Date;
  nextAttemptAt: Date;
  sentAt: Date | null;
}

/** Every email of an order, in the order in which they were queued. */
export function listEmails(session: Session, orderId: string): Promise<EmailRow[]> {
  return session.query<EmailRow & Record<string, unknown>>(
    `select kind, about, status, created_at as "createdAt", next_attempt_at as "nextAttemptAt", sent_at as "sentAt"
     from emails where order_id = $1 order by position`,
    [orderId],
  );
}
