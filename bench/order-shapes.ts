import { Client, Connection } from "@temporalio/client";
import { startBenchService } from "./bench-service.js";
import { type Contender, fillShelf, idem } from "./contenders.js";
import { inFlight } from "./in-flight.js";
import { placeOrder } from "./load/orders.js";
import { say } from "./say.js";
import { openWorld } from "./world.js";

export const WIDTH = 30;
const SKUS = Array.from({ length: 100 }, (_, index) => `BENCH-${index + 1}`);

export interface ShapesOptions {
  rounds: number;
  orders: number;
}

/** Orders at once on the same shelves. */
export interface ShelfRound {
  perSecond: number;
  /** Orders whose stock was not taken inline but by an activity of its own. */
  durable: number;
}

/** Orders one after the other: answered, and charged, shipped and mailed, in milliseconds. */
export interface LoneRound {
  acks: number[];
  done: number[];
}

export interface ShapesRound {
  oneShelf: ShelfRound;
  manyShelves: ShelfRound;
  oneLine: LoneRound;
  manyLines: LoneRound;
}

export interface OrderShapes {
  options: ShapesOptions;
  rounds: ShapesRound[];
}

/** Orders that all want one article beside orders of a hundred, and an order of a hundred lines beside one of one. */
export async function measureOrderShapes(options: ShapesOptions): Promise<OrderShapes> {
  const world = await openWorld();
  say("starting a service");
  const service = await startBenchService(world);
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  try {
    const contender = await idem(service, world);
    for (const sku of SKUS) await fillShelf(service.base, sku);
    const rounds: ShapesRound[] = [];
    await measureRound(contender, client, { rounds: 1, orders: 60 }); // warm
    for (let round = 1; round <= options.rounds; round++) {
      say(`round ${round} of ${options.rounds}`);
      rounds.push(await measureRound(contender, client, options));
    }
    return { options, rounds };
  } finally {
    await connection.close();
    await service.stop();
  }
}

async function measureRound(contender: Contender, client: Client, { orders }: ShapesOptions): Promise<ShapesRound> {
  return {
    oneShelf: await atOnce(contender, client, orders, () => ["BENCH-1"]),
    manyShelves: await atOnce(contender, client, orders, (index) => [SKUS[index % SKUS.length] as string]),
    oneLine: await oneByOne(contender, ["BENCH-1"]),
    manyLines: await oneByOne(contender, SKUS),
  };
}

async function atOnce(
  contender: Contender,
  client: Client,
  orders: number,
  skus: (index: number) => string[],
): Promise<ShelfRound> {
  const ids: string[] = [];
  const began = performance.now();
  const allDone = contender.world.more(orders);
  await inFlight(orders, WIDTH, async (index) => ids.push(await place(contender, skus(index))));
  await allDone;
  const perSecond = (orders / (performance.now() - began)) * 1000;
  const reserved = await Promise.all(ids.map((id) => reservedDurably(client, id)));
  return { perSecond, durable: reserved.filter(Boolean).length };
}

async function oneByOne(contender: Contender, skus: string[]): Promise<LoneRound> {
  const round: LoneRound = { acks: [], done: [] };
  for (let index = 0; index < 20; index++) {
    const began = performance.now();
    const done = contender.world.more(1);
    await place(contender, skus);
    round.acks.push(performance.now() - began);
    await done;
    round.done.push(performance.now() - began);
  }
  return round;
}

async function place(contender: Contender, skus: string[]): Promise<string> {
  return (JSON.parse(await placeOrder(contender, { skus })) as { id: string }).id;
}

async function reservedDurably(client: Client, orderId: string): Promise<boolean> {
  const { events } = await client.workflow.getHandle(`order/${orderId}`).fetchHistory();
  return (events ?? []).some(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === "reserve",
  );
}
