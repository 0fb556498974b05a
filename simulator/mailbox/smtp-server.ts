import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { Fault } from "../fault-script.js";
import type { CallRecord, SimulatorState } from "../state.js";
import type { EmailStore } from "./email-store.js";

/** Null accepts, a number rejects with that reply code, "cut" closes the connection without a reply. */
type Verdict = number | "cut" | null;

const TRY_AGAIN = 451;
const NEVER = 550;
const SIZE_LIMIT = 10 * 1024 * 1024;

/** The email server: SMTP, with scripted faults at connect, at RCPT and at DATA. */
export class SmtpServer {
  private readonly state: SimulatorState;
  private readonly store: EmailStore;
  private readonly server: SMTPServer;
  private readonly sockets = new Map<number, Socket>();

  constructor(state: SimulatorState, store: EmailStore) {
    this.state = state;
    this.store = store;
    this.server = new SMTPServer({
      name: "simulator",
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      size: SIZE_LIMIT,
      closeTimeout: 1_000,
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? "anyone" }),
      onConnect: (session, done) => void this.connect().then((verdict) => this.reply(session, verdict, done)),
      onRcptTo: ({ address }, session, done) =>
        void this.recipient(address).then((verdict) => this.reply(session, verdict, done)),
      onData: (stream, session, done) =>
        void this.message(stream, session).then((verdict) => this.reply(session, verdict, done)),
    });
    // A client may reset the connection.
    this.server.on("error", () => undefined);
    this.server.server.on("connection", (socket) => this.remember(socket));
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.server.once("error", reject);
      this.server.listen(port, host, () => resolve((this.server.server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets.values()) socket.destroy();
    });
  }

  private async connect(): Promise<Verdict> {
    const fault = this.state.takeFault("mail-connect", {});
    return fault ? early(fault) : null;
  }

  private async recipient(address: string): Promise<Verdict> {
    const fault = this.state.takeFault("mail-rcpt", { to: [address.toLowerCase()] });
    return fault ? early(fault) : null;
  }

  private async message(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Verdict> {
    const raw = await buffer(stream).catch(() => null);
    if (raw === null || stream.sizeExceeded) return 552;
    const to = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
    const fault = this.state.takeFault("mail", { to });
    const call = this.record(to, raw.length, fault);
    const verdict = await this.receive({ from: senderOf(session), to }, raw, fault);
    call.status = verdict === "cut" ? "dropped" : (verdict ?? 250);
    return verdict;
  }

  private async receive(envelope: { from: string; to: string[] }, raw: Buffer, fault: Fault | null): Promise<Verdict> {
    if (fault && STOPS_BEFORE.has(fault.action)) return early(fault);
    if (fault?.action === "delay") await pause(fault.delayMs ?? 1_000);
    await this.store.store(envelope, raw);
    if (fault?.action === "drop-after") return "cut";
    if (fault?.action === "fail-after") return TRY_AGAIN;
    if (fault?.action === "delay-after") await pause(fault.delayMs ?? 1_000);
    if (fault?.action === "silent-after") return forever();
    return null;
  }

  private record(to: string[], bytes: number, fault: Fault | null): CallRecord {
    return this.state.recordCall({
      provider: "mail",
      op: "mail",
      method: "DATA",
      path: to.join(","),
      params: { bytes },
      fault: fault?.action ?? null,
    });
  }

  private reply(session: SMTPServerSession, verdict: Verdict, done: (error?: Error | null) => void): void {
    if (verdict === null) return done();
    if (verdict === "cut") {
      this.sockets.get(session.remotePort)?.resetAndDestroy();
      return;
    }
    const message = verdict === TRY_AGAIN ? "4.3.0 try again later" : "5.7.1 not accepted here";
    done(Object.assign(new Error(message), { responseCode: verdict }));
  }

  /** Keyed by remote port, since a session does not expose its socket. */
  private remember(socket: Socket): void {
    const port = socket.remotePort;
    if (port === undefined) return;
    this.sockets.set(port, socket);
    socket.once("close", () => this.sockets.delete(port));
  }
}

const STOPS_BEFORE = new Set<Fault["action"]>(["fail-before", "drop-before", "refuse", "silent", "limit"]);

async function early(fault: Fault): Promise<Verdict> {
  switch (fault.action) {
    case "drop-before":
    case "drop-after":
      return "cut";
    case "refuse":
      return NEVER;
    case "delay":
    case "delay-after":
      await pause(fault.delayMs ?? 1_000);
      return null;
    case "silent":
    case "silent-after":
      return forever();
    default:
      return TRY_AGAIN;
  }
}

/** Waits until the client's own time-out ends the connection. */
function forever(): Promise<never> {
  return new Promise(() => undefined);
}

function senderOf(session: SMTPServerSession): string {
  return session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
}
