import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";

/** What becomes of a request to the service, or of its answer. */
export type Trouble =
  /** The service never gets it; the caller gets a page of the proxy's own. */
  | "502 page"
  /** The service answers it; the caller gets a page, half of the body, or nothing. */
  | "200 page"
  | "cut body"
  | "cut connection";

/** A proxy before the service that does the troubles it is given, one for each request, and then none. */
export class TroubledProxy {
  readonly troubles: Trouble[] = [];
  /** The keys of the requests that it was sent. */
  readonly keys: string[] = [];
  private readonly server: Server;

  private readonly target: string;

  private constructor(target: string) {
    this.target = target;
    this.server = createServer((asked, answer) => this.handle(asked, answer));
  }

  static async to(target: string): Promise<TroubledProxy> {
    const proxy = new TroubledProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  handle(asked: IncomingMessage, answer: ServerResponse): void {
    this.pass(asked, answer).catch(() => answer.destroy());
  }

  private async pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    const trouble = this.troubles.shift();
    if (asked.headers["idempotency-key"]) this.keys.push(String(asked.headers["idempotency-key"]));
    const page = (status: number) =>
      answer.writeHead(status, { "Content-Type": "text/html" }).end("<h1>Please try again</h1>");
    if (trouble === "502 page") return void page(502);
    const { host: _, connection: __, ...headers } = asked.headers;
    const {
      statusCode,
      headers: back,
      body,
    } = await request(`${this.target}${asked.url}`, {
      method: asked.method as "GET" | "POST",
      headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    if (trouble === undefined) {
      answer.writeHead(statusCode, back as Record<string, string>);
      body.on("error", () => answer.destroy()).pipe(answer);
      return;
    }
    const text = Buffer.from(await body.arrayBuffer());
    if (trouble === "200 page") return void page(200);
    if (trouble === "cut connection") return void answer.destroy();
    answer.writeHead(statusCode, { ...back, "Content-Length": String(text.length) } as Record<string, string>);
    answer.write(text.subarray(0, text.length / 2), () => answer.destroy());
  }
}
