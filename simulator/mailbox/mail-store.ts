import { simpleParser } from "mailparser";
import { BoundedLog } from "../bounded-log.js";
import { secondsNow, type WorldState } from "../state.js";

export interface KeptMail {
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

const MAIL_LIMIT = 500;
const ORDER_ID = /ord_[a-z2-7]{32}/;

/** Every message the mail server accepted, newest 500. */
export class MailStore {
  readonly mails = new BoundedLog<KeptMail>(MAIL_LIMIT);
  private readonly world: WorldState;

  constructor(world: WorldState) {
    this.world = world;
  }

  async take(envelope: Envelope, raw: Buffer): Promise<void> {
    const parsed = await simpleParser(raw, { skipImageLinks: true, skipTextToHtml: true });
    const html = parsed.html || null;
    const headers = parsed.headerLines.map(({ key, line }): [string, string] => [
      key,
      line.slice(line.indexOf(":") + 1).trim(),
    ]);
    const text = parsed.text ?? "";
    const mail = this.mails.add((seq) => ({
      seq,
      time: secondsNow(),
      from: envelope.from,
      to: envelope.to,
      messageId: parsed.messageId ?? null,
      subject: parsed.subject ?? null,
      headers,
      order: orderNamed(raw, text, html),
      text,
      html,
    }));
    this.world.effect({ kind: "mail", order: mail.order, key: mail.messageId, to: mail.to, subject: mail.subject });
  }

  to(address: string): KeptMail[] {
    const wanted = address.toLowerCase();
    return this.mails.all().filter((mail) => mail.to.includes(wanted));
  }

  find(seq: number): KeptMail | undefined {
    return this.mails.all().find((mail) => mail.seq === seq);
  }
}

/** In the raw message too: an id may stand in a header only, and in the parts, since transfer encodings hide it. */
function orderNamed(raw: Buffer, text: string, html: string | null): string | null {
  const found = ORDER_ID.exec(raw.toString("latin1")) ?? ORDER_ID.exec(text) ?? ORDER_ID.exec(html ?? "");
  return found?.[0] ?? null;
}
