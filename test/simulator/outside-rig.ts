import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { SimulatorClient } from "../../simulator/control-client.js";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/simulator.js";

export const STRIPE_SECRET = "whsec_stripe_test";
export const FULFILMENT_SECRET = "whsec_c2VjcmV0IG9mIHRoZSB3YXJlaG91c2U=";

export interface Rig {
  simulator: Simulator;
  outside: SimulatorClient;
  stripe: Stripe;
}

/** A simulator with short delays, its control client and the official SDK pointed at it. */
export async function startRig(options: Partial<SimulatorOptions> = {}): Promise<Rig> {
  const simulator = await startSimulator({
    port: 0,
    smtpPort: 0,
    webhookBase: null,
    stripeSecret: STRIPE_SECRET,
    fulfilmentSecret: FULFILMENT_SECRET,
    home: null,
    ...options,
  });
  const outside = new SimulatorClient(simulator.info.controlUrl);
  await outside.config({ shipDelayMs: 20, deliverDelayMs: 20, webhookDelayMs: 1, refundDelayMs: 20 });
  return { simulator, outside, stripe: stripeAt(simulator.info.stripeApiBase) };
}

export function stripeAt(base: string, options: { timeout?: number; maxNetworkRetries?: number } = {}): Stripe {
  const { hostname, port } = new URL(base);
  return new Stripe("sk_test_simulator", {
    host: hostname,
    port: Number(port),
    protocol: "http",
    maxNetworkRetries: 0,
    timeout: 5_000,
    telemetry: false,
    ...options,
  });
}

let orders = 0;

/** An order id that no other test in the file uses. */
export function newOrder(): string {
  orders += 1;
  const letters = orders
    .toString()
    .padStart(32, "0")
    .replace(/[0-9]/g, (digit) => "abcdefghij".charAt(Number(digit)));
  return `ord_${letters}`;
}

interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  base: string;
  deliveries: Delivery[];
  /** Statuses of the next responses; 200 when empty. */
  answers: number[];
  close(): void;
}

/** A receiver of webhooks that records them. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const answers: number[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      deliveries.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, deliveries, answers, close };
}
