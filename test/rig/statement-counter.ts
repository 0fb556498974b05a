import { connect, createServer, type Server, type Socket } from "node:net";

/** The first message of a session and a request for TLS have no type. */
const HEADER = 4;
const [QUERY, PARSE, BIND, EXECUTE] = ["Q", "P", "B", "E"].map((letter) => letter.charCodeAt(0));

/** A line to PostgreSQL that notes every statement which is executed over it, by the messages of its protocol. */
export class StatementCounter {
  readonly statements: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(target: { host: string; port: number }) {
    this.server = createServer((near) => {
      const far = connect(target);
      const read = this.reader();
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => {}).on("close", () => [near, far].forEach((one) => one.destroy()));
      }
      near.on("data", read);
      near.pipe(far);
      far.pipe(near);
    });
  }

  /** The counter before the server of this URL. */
  static async before(databaseUrl: string): Promise<StatementCounter> {
    const { hostname: host, port } = new URL(databaseUrl);
    const counter = new StatementCounter({ host, port: Number(port) });
    await new Promise<void>((resolve) => counter.server.listen(0, "127.0.0.1", resolve));
    return counter;
  }

  /** The same database through the counter. */
  urlOf(databaseUrl: string): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the counter is closed");
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Reads what one session sends, however its messages are cut. */
  private reader(): (chunk: Buffer) => void {
    let rest = Buffer.alloc(0);
    let isStarted = false;
    const prepared = new Map<string, string>();
    let bound = "";
    return (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const at = isStarted ? 1 : 0;
        if (rest.length < at + HEADER) return;
        const end = at + rest.readUInt32BE(at);
        if (rest.length < end) return;
        const [type, body] = [rest[0], rest.subarray(at + HEADER, end)];
        rest = rest.subarray(end);
        if (!isStarted) {
          isStarted = body.readUInt32BE(0) >> 16 === 3; // else it asks for TLS first
          continue;
        }
        const [first = "", second = ""] = body.toString("utf8").split("\0");
        if (type === QUERY) this.statements.push(first);
        if (type === PARSE) prepared.set(first, second);
        if (type === BIND) bound = prepared.get(second) ?? second;
        if (type === EXECUTE) this.statements.push(bound);
      }
    };
  }
}
