import { change, type Change, inSequence, UNCHANGED } from "../change.js";
import { type Email, type EmailKind, type EmailRef, SEND_MS } from "../email.js";
import type { Order } from "../order.js";
import { clear, raise } from "./raise-attention.js";
import { append } from "./transition.js";
import type { ProviderReason } from "../operation.js";

/** The step of an email's attention. */
const emailStep = ({ kind, about }: EmailRef) => (about === "" ? `email/${kind}` : `email/${kind}/${about}`);

/** Queues an email; the same kind about the same thing is queued once, and none to an address that was erased. */
export function queueEmail(order: Order, kind: EmailKind, about: string, now: number): Change {
  if (order.purgedAt !== null || findEmail(order, { kind, about })) return UNCHANGED;
  return change({ emails: [{ kind, about, ...fresh(now) }] });
}

function fresh(now: number): Omit<Email, "kind" | "about"> {
  return { status: "queued", sending: false, unknownSends: 0, firstAttemptAt: now, nextAttemptAt: now };
}

export function findEmail(order: Order, { kind, about }: EmailRef): Email | undefined {
  return order.emails.find((email) => email.kind === kind && email.about === about);
}

/**
 * Begins to send an email, before anything is sent: until then no other process does. Of an earlier send without an outcome
 * it is not known what became of it, which is recorded first.
 */
export function beginEmail(order: Order, ref: EmailRef, now: number): Change {
  const email = findEmail(order, ref);
  if (!email || email.status !== "queued" || now < email.nextAttemptAt || isSuperseded(order, ref)) return UNCHANGED;
  return inSequence(
    order,
    (next) => (email.sending ? recordUnknown(next, email, now) : UNCHANGED),
    (next) => markSending(next, ref, now),
  );
}

function markSending(order: Order, ref: EmailRef, now: number): Change {
  const email = findEmail(order, ref);
  if (email?.status !== "queued") return UNCHANGED;
  return change({ emails: [{ ...email, sending: true, nextAttemptAt: now + SEND_MS }] });
}

/**
 * Begins every new email of the order, in the change of the step before: its run sends them next. One that was tried
 * before has an activity of its own, which begins it when it is tried again.
 */
export function beginEmails(now: number) {
  return (order: Order): Change => {
    const ready = order.emails.filter((email) => email.kind !== "refunded" && isUntried(email));
    return inSequence(order, ...ready.map((email) => (next: Order) => beginEmail(next, email, now)));
  };
}

/** A send that was begun, or came to an end, moves the next attempt. */
function isUntried(email: Email): boolean {
  return email.nextAttemptAt === email.firstAttemptAt;
}

/** What an attempt to send an email came to. */
export type EmailOutcome =
  | { result: "sent" }
  /** The server took nothing. */
  | { result: "deferred" }
  | { result: "unknown" }
  | { result: "refused"; reason: ProviderReason };

/** Growing pauses after the first, second, ... send whose outcome is not known, in milliseconds (contract, E6). */
const PAUSES_MS = [10_000, 60_000, 300_000, 900_000, 3_600_000] as const;

export function recordEmail(order: Order, ref: EmailRef, outcome: EmailOutcome, now: number): Change {
  const email = findEmail(order, ref);
  if (!email || email.status !== "queued") return UNCHANGED;
  const step = emailStep(ref);
  switch (outcome.result) {
    case "sent":
      return inSequence(
        order,
        () => change({ emails: [{ ...email, status: "sent", sending: false }] }),
        () => append("email.sent", "system", dataOf(ref)),
        (next) => clear(next, step, now),
      );
    case "refused":
      return inSequence(
        order,
        () => change({ emails: [{ ...email, status: "refused", sending: false }] }),
        () => append("email.refused", "system", { ...dataOf(ref), reason: outcome.reason.code }),
        (next) => clear(next, step, now),
      );
    case "deferred":
      return inSequence(
        order,
        () => (email.sending ? change({ emails: [{ ...email, sending: false, nextAttemptAt: now }] }) : UNCHANGED),
        (next) => (isOverdue(next, email, now) ? raiseUndelivered(next, ref, now) : UNCHANGED),
      );
    case "unknown":
      return recordUnknown(order, email, now);
  }
}

function recordUnknown(order: Order, email: Email, now: number): Change {
  const pause = Math.max(...PAUSES_MS.slice(0, email.unknownSends + 1));
  const isLast = isOverdue(order, email, now);
  const next: Email = {
    ...email,
    status: isLast ? "unknown" : "queued",
    sending: false,
    unknownSends: email.unknownSends + 1,
    nextAttemptAt: now + pause,
  };
  return inSequence(
    order,
    () => change({ emails: [next] }),
    () => append("email.unknown", "system", { ...dataOf(email), last: isLast }),
    (current) => (isLast ? raiseUndelivered(current, email, now) : UNCHANGED),
  );
}

function raiseUndelivered(order: Order, ref: EmailRef, now: number): Change {
  return raise(order, { step: emailStep(ref), cause: "email_undelivered", amount: 0 }, now);
}

function isOverdue(order: Order, email: Email, now: number): boolean {
  return now - email.firstAttemptAt >= order.policy.emailGiveUpAfterMs;
}

/** Takes back what has nothing to say any more: a customer who must not act is not asked to. */
export function supersedeEmail(order: Order, ref: EmailRef): Change {
  const email = findEmail(order, ref);
  if (!email || email.status !== "queued" || !isSuperseded(order, ref)) return UNCHANGED;
  return inSequence(
    order,
    () => change({ emails: [{ ...email, status: "superseded", sending: false }] }),
    () => append("email.superseded", "system", dataOf(ref)),
  );
}

export function isSuperseded(order: Order, { kind }: EmailRef): boolean {
  return kind === "action-needed" && (order.status !== "awaiting_payment" || order.failure !== null);
}

/** Sends it again, from the start. */
export function requeueEmail(order: Order, ref: EmailRef, now: number): Change {
  return change({ emails: [{ ...requireEmail(order, ref), ...fresh(now) }] });
}

/** An operator's decision about an email whose outcome is unknown. */
export function overrideEmail(order: Order, ref: EmailRef, status: "sent" | "superseded"): Change {
  return change({ emails: [{ ...requireEmail(order, ref), status }] });
}

function requireEmail(order: Order, ref: EmailRef): Email {
  const email = findEmail(order, ref);
  if (!email) throw new Error(`the order has no ${emailStep(ref)}`);
  return email;
}

function dataOf({ kind, about }: EmailRef) {
  return { kind, ...(about !== "" && { about }) };
}
