import { promisify } from "node:util";
import MailComposer from "nodemailer/lib/mail-composer";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { ProviderError } from "../provider-error.js";
import type { Mail, MailGateway } from "./mail-gateway.js";

/** Mail over SMTP at `url` (smtp:// or smtps://), from `from`; a connection for each mail, so that its end is known. */
export function createSmtpMail(url: string, from: string): MailGateway {
  const { auth, ...server } = parseConnectionUrl(url);
  return {
    send: async (mail, timeoutMs) => {
      const { envelope, bytes } = await compose(mail, from);
      const connection = new SMTPConnection({ ...server, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs });
      let handedOver = false;
      const conversation = async (): Promise<void> => {
        await promisify(connection.connect.bind(connection))();
        if (auth) await promisify(connection.login.bind(connection))(auth);
        handedOver = true;
        await promisify(connection.send.bind(connection))(envelope, bytes);
      };
      try {
        await within(timeoutMs, connection, conversation());
        connection.quit();
      } catch (error) {
        connection.close();
        throw toProviderError(error, handedOver);
      }
    },
  };
}

async function compose(mail: Mail, from: string): Promise<{ envelope: { from: string; to: string[] }; bytes: Buffer }> {
  const node = new MailComposer({
    from,
    to: { name: "", address: mail.to },
    subject: mail.subject,
    messageId: mail.messageId,
    text: mail.text,
    html: mail.html,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const { from: sender, to } = node.getEnvelope();
  if (sender === false) throw new ProviderError("refused", "no_sender");
  return { envelope: { from: sender, to }, bytes: await node.build() };
}

/** Waits for the conversation; the connection's own error ends it too, since a lost one may call nobody back. */
async function within(timeoutMs: number, connection: SMTPConnection, conversation: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const broken = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
    connection.on("error", reject);
  });
  try {
    await Promise.race([conversation, broken]);
  } finally {
    clearTimeout(timer);
  }
}

/** A reply decides; without one, only a message that was never begun is known not to be taken. */
function toProviderError(error: unknown, handedOver: boolean): ProviderError {
  const reply = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  if (reply >= 500 && handedOver) return new ProviderError("refused", `smtp_${reply}`, { cause: error });
  if (reply >= 400) return new ProviderError("limited", `smtp_${reply}`, { cause: error });
  return handedOver
    ? new ProviderError("unknown", "smtp_no_reply", { cause: error })
    : new ProviderError("limited", "smtp_unreachable", { cause: error });
}
