import { ApplicationFailure } from "@temporalio/common";
import {
  beginRepeat,
  beginSend,
  findMail,
  type MailRef,
  recordDelayed,
  recordMailRefusal,
  recordSent,
  recordUnknownSend,
  REPEAT_AFTER_MS,
} from "../src/database/emails.js";
import { findMailSubject } from "../src/database/email-subject.js";
import type { OrderBook } from "../src/database/order-book.js";
import { messageId } from "../src/idempotency/derived-ids.js";
import { renderMail } from "../src/providers/email/render-email.js";
import type { MailGateway } from "../src/providers/email/email-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { FailureType } from "../src/domain/failure.js";
import type { MailSubject } from "../src/domain/email.js";
import { toFailure } from "./call-provider.js";

interface Deps {
  book: OrderBook;
  mail: MailGateway;
  /** The right side of every Message-ID. */
  mailDomain: string;
}

/** A conversation with a mail server, begun to end. */
const SMTP_TIMEOUT_MS = 8_000;

/**
 * Hands a mail to the server, under one Message-ID for each (order, kind, about). Whether it went out; what kept it from
 * that is noted. `firstAt`: when the send was begun that this one repeats; null for a first one.
 */
export function createMailDelivery({ book, mail, mailDomain }: Deps) {
  const failed = async (orderId: string, ref: MailRef, error: unknown, firstAt: Date | null): Promise<false> => {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "refused") {
      await book.change(orderId, (order) => recordMailRefusal(order, ref, error.code));
      return false;
    }
    if (error.kind === "unknown") {
      await book.change(orderId, (order) => recordUnknownSend(order, ref, firstAt !== null));
      if (firstAt) return false;
      throw later(REPEAT_AFTER_MS);
    }
    await recordDelayed(book.db, orderId, ref, firstAt);
    throw toFailure(error);
  };

  return async (subject: MailSubject, ref: MailRef, firstAt: Date | null): Promise<boolean> => {
    const { orderId } = subject;
    try {
      const id = messageId(orderId, ref.kind, ref.about || null, mailDomain);
      await mail.send({ ...renderMail(subject), messageId: id }, SMTP_TIMEOUT_MS);
      return true;
    } catch (error) {
      return failed(orderId, ref, error, firstAt);
    }
  };
}

/** Mail: what went out cannot be undone. */
export function createMailActivities(deps: Deps) {
  const { book } = deps;
  const { db } = book;
  const deliver = createMailDelivery(deps);

  const send = async (orderId: string, ref: MailRef, firstAt: Date | null): Promise<void> => {
    const delivered = await deliver(await findMailSubject(db, orderId, ref), ref, firstAt);
    if (delivered) await book.change(orderId, async (order) => recordSent(order, ref));
  };

  return {
    /** Sends a mail unless it went out, and repeats one send of unknown outcome, once, after 10 s (E6). */
    async sendMail({ orderId, kind, about }: MailRef & { orderId: string }): Promise<void> {
      const ref = { kind, about };
      const row = await findMail(db, orderId, ref);
      if (!row || row.status !== "queued") return;
      if (await beginSend(db, orderId, ref)) return send(orderId, ref, null);
      const begun = (await findMail(db, orderId, ref))?.attempted_at;
      if (!begun) throw later(1_000);
      const waitMs = begun.getTime() + REPEAT_AFTER_MS - Date.now();
      if (waitMs > 0) throw later(waitMs);
      if (!(await beginRepeat(db, orderId, ref, begun))) {
        await book.change(orderId, (order) => recordUnknownSend(order, ref, true));
        return;
      }
      return send(orderId, ref, begun);
    },
  };
}

function later(delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.OutcomeUnknown,
    message: "whether the mail went out is not known yet",
    nextRetryDelay: delayMs,
  });
}
