import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** A webhook that came, authentic or not. */
export interface Received {
  id: string;
  type: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
  headers: Record<string, string>;
  body: string;
  /** When it came, epoch milliseconds. */
  at: number;
}

/** How a receiver answers; null never does. */
type Answer = number | null | ((response: ServerResponse, received: Received) => void);

/** A shop's endpoint, which keeps what it accepted. */
export class Receiver {
  readonly url: string;
  readonly port: number;
  /** Everything that came, in order. */
  readonly came: Received[] = [];
  /** What was answered 2xx. */
  readonly accepted: Received[] = [];
  answer: Answer = 200;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}/events`;
  }

  static async start(answer: Answer = 200): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const receiver = new Receiver(server);
    receiver.answer = answer;
    server.on("request", (request, response) => void receiver.receive(request, response));
    return receiver;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What was accepted about an order, in order. */
  of(order: { id: string }): Received[] {
    return this.accepted.filter(({ data }) => data.orderId === order.id);
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString("utf8");
    const { type, data } = JSON.parse(body);
    const headers = request.headers as Record<string, string>;
    const received = { id: headers["webhook-id"] ?? "", type, data, headers, body, at: Date.now() };
    this.came.push(received);
    if (typeof this.answer === "function") return this.answer(response, received);
    if (this.answer === null) return;
    if (this.answer >= 200 && this.answer < 300) this.accepted.push(received);
    response.writeHead(this.answer).end();
  }
}

/** Whether one of the signatures is of this secret; by the reference library, which also judges the time. */
export function isSignedBy(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
