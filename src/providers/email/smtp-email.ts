import { Readable } from "node:stream";
import { promisify } from "node:util";
import MailComposer from "nodemailer/lib/mail-composer";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { ProviderError } from "../provider-error.js";
import type { EmailGateway, EmailMessage } from "./email-gateway.js";
import { SmtpSessions } from "./smtp-sessions.js";

interface Composed {
  envelope: { from: string; to: string[] };
  bytes: Buffer;
}

/** How far an email came on its session. */
interface Progress {
  handedOver: boolean;
  /** Whether the server asked for the message itself; before that it can have taken nothing. */
  asked: boolean;
}

/** Email over SMTP at `url` (smtp:// or smtps://), from `from`. */
export function createSmtpEmail(url: string, from: string): EmailGateway {
  const sessions = new SmtpSessions(url);

  /** Whether the email went out; false on a session that was kept and proves to be gone before it took anything. */
  const carry = async (composed: Composed, kept: SMTPConnection | null, timeoutMs: number): Promise<boolean> => {
    const session = kept ?? sessions.create(timeoutMs);
    const progress: Progress = { handedOver: false, asked: false };
    const conversation = async (): Promise<void> => {
      if (!kept) await sessions.open(session);
      progress.handedOver = true;
      const envelope = { ...composed.envelope }; // a session writes its answers into it
      await promisify(session.send.bind(session))(envelope, message(composed.bytes, progress));
    };
    try {
      await within(timeoutMs, session, conversation());
    } catch (error) {
      session.close();
      if (kept && !progress.asked && isGone(error)) return false;
      throw toProviderError(error, progress);
    }
    sessions.keep(session);
    return true;
  };

  return {
    send: async (email, timeoutMs) => {
      const composed = await compose(email, from);
      const until = Date.now() + timeoutMs;
      const kept = sessions.takeKept();
      if (kept && (await carry(composed, kept, timeoutMs))) return;
      await carry(composed, null, Math.max(until - Date.now(), 1));
    },
  };
}

async function compose(email: EmailMessage, from: string): Promise<Composed> {
  const node = new MailComposer({
    from,
    to: { name: "", address: email.to },
    subject: email.subject,
    messageId: email.messageId,
    text: email.text,
    html: email.html,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const { from: sender, to } = node.getEnvelope();
  if (sender === false) throw new ProviderError("rejected", "no_sender");
  return { envelope: { from: sender, to }, bytes: await node.build() };
}

/** The message as a stream, which is read once the server said to go on after DATA. */
function message(bytes: Buffer, progress: Progress): Readable {
  return new Readable({
    read() {
      progress.asked = true;
      this.push(bytes);
      this.push(null);
    },
  });
}

/** Waits for the conversation; the session's own error ends it too, since a lost one may never call back. */
async function within(timeoutMs: number, session: SMTPConnection, conversation: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let lost: (error: Error) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
    lost = reject;
  });
  session.on("error", lost);
  try {
    await Promise.race([conversation, broken]);
  } finally {
    clearTimeout(timer);
    session.off("error", lost);
  }
}

/** The server, or something in between, ended the session, silently or with the reply that says so. */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("responseCode" in error && Number(error.responseCode) === 421) return true;
  return "code" in error && (error.code === "ECONNECTION" || error.code === "ESOCKET");
}

/** A reply decides; without one, only a message that the server never asked for is known not to be taken. */
function toProviderError(error: unknown, { handedOver, asked }: Progress): ProviderError {
  const reply = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  if (reply >= 500 && handedOver) return new ProviderError("rejected", `smtp_${reply}`, { cause: error });
  if (reply >= 400) return new ProviderError("limited", `smtp_${reply}`, { cause: error });
  return asked
    ? new ProviderError("unknown", "smtp_no_reply", { cause: error })
    : new ProviderError("limited", "smtp_unreachable", { cause: error });
}
