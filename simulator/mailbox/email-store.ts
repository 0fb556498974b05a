import { simpleParser } from "mailparser";
import { BoundedLog } from "../bounded-log.js";
import { secondsNow, type SimulatorState } from "../state.js";

export interface StoredEmail {
  seq: number;
  time: number;
  from: string;
  to: string[];
  messageId: string | null;
  subject: string | null;
  headers: [string, string][];
  order: string | null;
  text: string;
  html: string | null;
}

export interface Envelope {
  from: string;
  to: string[];
}

const EMAIL_LIMIT = 500;
const ORDER_ID = /ord_[a-z2-7]{32}/;

/** The newest 500 messages that the email server accepted. */
export class EmailStore {
  readonly emails = new BoundedLog<StoredEmail>(EMAIL_LIMIT);
  private readonly state: SimulatorState;

  constructor(state: SimulatorState) {
    this.state = state;
  }

  async store(envelope: Envelope, raw: Buffer): Promise<void> {
    const parsed = await simpleParser(raw, { skipImageLinks: true, skipTextToHtml: true });
    const html = parsed.html || null;
    const headers = parsed.headerLines.map(({ key, line }): [string, string] => [
      key,
      line.slice(line.indexOf(":") + 1).trim(),
    ]);
    const text = parsed.text ?? "";
    const email = this.emails.add((seq) => ({
      seq,
      time: secondsNow(),
      from: envelope.from,
      to: envelope.to,
      messageId: parsed.messageId ?? null,
      subject: parsed.subject ?? null,
      headers,
      order: orderNamedIn(raw, text, html),
      text,
      html,
    }));
    this.state.effect({ kind: "mail", order: email.order, key: email.messageId, to: email.to, subject: email.subject });
  }

  to(address: string): StoredEmail[] {
    const wanted = address.toLowerCase();
    return this.emails.all().filter((email) => email.to.includes(wanted));
  }

  find(seq: number): StoredEmail | undefined {
    return this.emails.all().find((email) => email.seq === seq);
  }
}

/** Searches the raw message, where only a header may name the order, and the decoded parts, which transfer encodings hide. */
function orderNamedIn(raw: Buffer, text: string, html: string | null): string | null {
  const found = ORDER_ID.exec(raw.toString("latin1")) ?? ORDER_ID.exec(text) ?? ORDER_ID.exec(html ?? "");
  return found?.[0] ?? null;
}
