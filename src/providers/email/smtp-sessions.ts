import { promisify } from "node:util";
import { parseConnectionUrl } from "nodemailer/lib/shared";
import SMTPConnection from "nodemailer/lib/smtp-connection";

/** Sessions that wait for their next email. */
const MOST_KEPT = 5;
/** So long one waits: less than servers do, so that it is rarely theirs to end it. */
const IDLE_MS = 5_000;

/** Sessions with one email server. Each carries one email at a time, and is kept for a while for the next. */
export class SmtpSessions {
  private readonly auth: ReturnType<typeof parseConnectionUrl>["auth"];
  private readonly server: ReturnType<typeof parseConnectionUrl>;
  private readonly kept: { session: SMTPConnection; ending: NodeJS.Timeout }[] = [];

  constructor(url: string) {
    const { auth, ...server } = parseConnectionUrl(url);
    this.auth = auth;
    this.server = server;
  }

  /** One that was kept and is not known to be gone. */
  takeKept(): SMTPConnection | null {
    for (;;) {
      const last = this.kept.pop();
      if (!last) return null;
      clearTimeout(last.ending);
      if (!last.session.destroyed) return last.session;
    }
  }

  create(timeoutMs: number): SMTPConnection {
    const session = new SMTPConnection({ ...this.server, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs });
    session.on("error", () => {}); // of one that waits, which is `destroyed` by then
    return session;
  }

  async open(session: SMTPConnection): Promise<void> {
    await promisify(session.connect.bind(session))();
    if (this.auth) await promisify(session.login.bind(session))(this.auth);
  }

  /** Keeps a session whose email came to a known end. */
  keep(session: SMTPConnection): void {
    if (this.kept.length >= MOST_KEPT) return session.quit();
    const ending = setTimeout(() => {
      this.kept.splice(
        this.kept.findIndex((one) => one.session === session),
        1,
      );
      session.quit();
    }, IDLE_MS).unref();
    this.kept.push({ session, ending });
  }
}
