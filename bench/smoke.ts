import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Client } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import pg from "pg";
import { type BenchService, startBenchService } from "./bench-service.js";
import { inFlight } from "./in-flight.js";
import { median, quantile } from "./quantile.js";

/**
 * A quick look at speed: orders next to bare starts of an empty workflow, on the same engines in the same run, by
 * turns. Absolute figures of a shared machine mean little; the ratios are what to read.
 */

const ROUNDS = 3;
const ORDERS = 200;
const WIDTH = 30;
const QUEUE = "bench-floor";
const KEY = "idem_demo_acme";

interface Round {
  latencies: number[];
  perSecond: number;
}

Runtime.install({ logger: new DefaultLogger("ERROR") });
const service = await startBenchService();
let failed = true;
try {
  failed = await measure(service);
} finally {
  await service.stop();
}
process.exit(failed ? 1 : 0);

async function measure({ base, temporalAddress, databaseUrl }: BenchService): Promise<boolean> {
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const workflowsPath = fileURLToPath(new URL("./empty-workflow.js", import.meta.url));
  const worker = await Worker.create({ connection, taskQueue: QUEUE, workflowsPath });
  const running = worker.run();
  const book = new pg.Client({ connectionString: databaseUrl });
  await book.connect();
  await request(base, "PUT", "/v1/stock/BENCH-1", { onHand: 10_000_000 });
  await orderRound(base, book, 20); // warm
  await floorRound(client, 20);

  const orders: Round[] = [];
  const floor: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    orders.push(await orderRound(base, book, ORDERS));
    floor.push(await floorRound(client, ORDERS));
  }
  print(orders, floor);
  const { rows } = await book.query(
    "select count(*)::int as count from orders where status in ('rejected', 'cancelled') or payment_status = 'unknown'",
  );
  await book.end();
  worker.shutdown();
  await running;
  await connection.close();
  const lost = rows[0].count as number;
  if (lost > 0) process.stdout.write(`${lost} orders did not go the good way\n`);
  return lost > 0;
}

/** Acknowledgements at WIDTH in flight, and how fast all of them were confirmed. */
async function orderRound(base: string, book: pg.Client, count: number): Promise<Round> {
  const began = performance.now();
  const reference = `bench-${randomUUID()}`;
  const latencies = await inFlight(count, WIDTH, async () => {
    const status = await request(base, "POST", "/v1/orders", order(reference));
    if (status !== 202) throw new Error(`an order was answered ${status}`);
  });
  const open =
    "select count(*)::int as open from orders where reference = $1 and status in ('accepted', 'awaiting_payment')";
  while ((await book.query(open, [reference])).rows[0].open > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { latencies, perSecond: (count / (performance.now() - began)) * 1000 };
}

async function floorRound(client: Client, count: number): Promise<Round> {
  const began = performance.now();
  const latencies = await inFlight(count, WIDTH, async () => {
    await client.workflow.start("empty", { taskQueue: QUEUE, workflowId: `floor-${randomUUID()}` });
  });
  return { latencies, perSecond: (count / (performance.now() - began)) * 1000 };
}

function order(reference: string): object {
  return {
    reference,
    currency: "EUR",
    customer: { email: "bench@example.com", name: "Bench" },
    shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
    lines: [{ sku: "BENCH-1", quantity: 1, unitPrice: 1250 }],
    total: 1250,
    payment: { method: "pm_card_visa" },
  };
}

async function request(base: string, method: string, path: string, body: object): Promise<number> {
  const response = await fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", "Idempotency-Key": randomUUID() },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

function print(orders: readonly Round[], floor: readonly Round[]): void {
  const figures = (rounds: readonly Round[]) => ({
    p50: median(rounds.map(({ latencies }) => quantile(latencies, 0.5))),
    p99: median(rounds.map(({ latencies }) => quantile(latencies, 0.99))),
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  });
  const [one, other] = [figures(orders), figures(floor)];
  const line = (name: string, ...cells: string[]) =>
    process.stdout.write(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join("")}\n`);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  process.stdout.write(`${WIDTH} in flight, median of ${ROUNDS} rounds of ${ORDERS}, by turns\n\n`);
  line("", "p50", "p99", "per second");
  line("Idem: acknowledgement, orders to confirmed", ms(one.p50), ms(one.p99), one.perSecond.toFixed(1));
  line("bare start of an empty workflow", ms(other.p50), ms(other.p99), other.perSecond.toFixed(1));
  line(
    "ratio",
    ...[one.p50 / other.p50, one.p99 / other.p99, one.perSecond / other.perSecond].map((value) => value.toFixed(2)),
  );
}
