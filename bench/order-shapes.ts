import { Client, Connection } from "@temporalio/client";
import { startBenchService } from "./bench-service.js";
import { inFlight } from "./in-flight.js";
import { placeOrder } from "./load/orders.js";
import { log } from "./log.js";
import { startStubProviders } from "./stub-providers/stub-providers.js";
import { fillStock, idem, type System } from "./systems.js";

export const WIDTH = 30;
const SKUS = Array.from({ length: 100 }, (_, index) => `BENCH-${index + 1}`);

export interface ShapesOptions {
  rounds: number;
  orders: number;
}

/** Orders at once on the same stock rows. */
export interface StockRound {
  perSecond: number;
  /** Orders whose stock was not reserved inline but by a durable activity. */
  durable: number;
}

/** Orders one after the other: acknowledged, and confirmed by email, in milliseconds. */
export interface LoneRound {
  acks: number[];
  done: number[];
}

export interface ShapesRound {
  oneSku: StockRound;
  manySkus: StockRound;
  oneLine: LoneRound;
  manyLines: LoneRound;
}

export interface OrderShapes {
  options: ShapesOptions;
  rounds: ShapesRound[];
}

/** Orders of one SKU beside orders of a hundred SKUs in turn, and an order of a hundred lines beside one of one line. */
export async function measureOrderShapes(options: ShapesOptions): Promise<OrderShapes> {
  const providers = await startStubProviders();
  log("starting a service");
  const service = await startBenchService(providers);
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  try {
    const system = await idem(service, providers);
    for (const sku of SKUS) await fillStock(service.base, sku);
    const rounds: ShapesRound[] = [];
    await measureRound(system, client, { rounds: 1, orders: 60 }); // warm-up
    for (let round = 1; round <= options.rounds; round++) {
      log(`round ${round} of ${options.rounds}`);
      rounds.push(await measureRound(system, client, options));
    }
    return { options, rounds };
  } finally {
    await connection.close();
    await service.stop();
  }
}

async function measureRound(system: System, client: Client, { orders }: ShapesOptions): Promise<ShapesRound> {
  return {
    oneSku: await atOnce(system, client, orders, () => ["BENCH-1"]),
    manySkus: await atOnce(system, client, orders, (index) =>
      SKUS.slice(index % SKUS.length, (index % SKUS.length) + 1),
    ),
    oneLine: await oneByOne(system, ["BENCH-1"]),
    manyLines: await oneByOne(system, SKUS),
  };
}

async function atOnce(
  system: System,
  client: Client,
  orders: number,
  skus: (index: number) => string[],
): Promise<StockRound> {
  const ids: string[] = [];
  const began = performance.now();
  const allDone = system.providers.ledger.more(orders);
  await inFlight(orders, WIDTH, async (index) => ids.push(await place(system, skus(index))));
  await allDone;
  const perSecond = (orders / (performance.now() - began)) * 1000;
  const reserved = await Promise.all(ids.map((id) => reservedDurably(client, id)));
  return { perSecond, durable: reserved.filter(Boolean).length };
}

async function oneByOne(system: System, skus: string[]): Promise<LoneRound> {
  const round: LoneRound = { acks: [], done: [] };
  for (let index = 0; index < 20; index++) {
    const began = performance.now();
    const done = system.providers.ledger.more(1);
    await place(system, skus);
    round.acks.push(performance.now() - began);
    await done;
    round.done.push(performance.now() - began);
  }
  return round;
}

async function place(system: System, skus: string[]): Promise<string> {
  return (JSON.parse(await placeOrder(system, { skus })) as { id: string }).id;
}

async function reservedDurably(client: Client, orderId: string): Promise<boolean> {
  const { events } = await client.workflow.getHandle(`order/${orderId}`).fetchHistory();
  return (events ?? []).some(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === "reserveStock",
  );
}
