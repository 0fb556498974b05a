import { fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { fillDatabase } from "../../dev/fill-database.js";
import type { BenchService } from "../bench-service.js";
import { fresh, placeOrder } from "../load/orders.js";
import { openLoop } from "../load/open-loop.js";
import { log } from "../log.js";
import { median, quantile } from "../quantile.js";
import { BENCH_KEY } from "../stub-providers/provider-settings.js";
import { fillStock } from "../systems.js";
import type { Orders, Reached } from "./attacker.js";
import { OVER_MANY_ORDERS, type Target } from "./attacks.js";

const ATTACKER = "attacker";
const ATTACKER_KEY = "bench-attacker-key-000000000000";
/** What a tenant may send, in requests a second: the default. */
const LIMIT = 100;
const VICTIM_PER_SECOND = 40;
const WARM_UP_S = 10;
/** Orders of the attacker's that its lists go through, and how many of them were purged. */
const FILLED = 120_000;
const PURGED = 100_000;

export interface NeighboursPlan {
  rounds: number;
  seconds: number;
}

/** The latencies of the victim's POSTs in one pair of turns, in milliseconds. */
interface Pair {
  alone: { p50: number; p99: number };
  beside: { p50: number; p99: number };
  reached: Reached;
}

export interface Neighbours {
  plan: NeighboursPlan;
  attacks: { name: string; ratio: number; p99: number; pairs: Pair[] }[];
}

/** The settings of a service with two tenants, each within the usual limit. */
export const NEIGHBOUR_SETTINGS = {
  RATE_LIMIT: String(LIMIT),
  API_KEYS: `bench:merchant:${BENCH_KEY},${ATTACKER}:merchant:${ATTACKER_KEY}`,
};

/** One tenant places orders while another does an attack at its full rate, with and without it in turn. */
export async function measureNeighbour(
  { base, databaseUrl }: BenchService,
  plan: NeighboursPlan,
  name: string,
): Promise<Neighbours["attacks"][number]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await fillStock(base, "BENCH-1");
    const target = await prepareTarget(base);
    if (OVER_MANY_ORDERS.has(name)) await fill(client);
    await victim(base, Math.min(plan.seconds, WARM_UP_S));
    const pairs: Pair[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      await untilCarriedOut(client);
      const alone = await victim(base, plan.seconds);
      await untilCarriedOut(client);
      const attacking = runAttack({ attack: name, base, target, perSecond: LIMIT, seconds: plan.seconds + 1 });
      const beside = await victim(base, plan.seconds);
      const reached = await attacking;
      if (reached.perSecond < LIMIT * 0.9)
        throw new Error(`${name} reached ${reached.perSecond.toFixed(0)} requests a second`);
      pairs.push({ alone, beside, reached });
    }
    const ratio = median(pairs.map((pair) => pair.beside.p99 / pair.alone.p99));
    const p99 = median(pairs.map((pair) => pair.beside.p99));
    log(`${name}: p99 ${p99.toFixed(1)} ms, ${ratio.toFixed(2)} of alone`);
    return { name, ratio, p99, pairs };
  } finally {
    await client.end();
  }
}

/** Until every order is confirmed: what one turn left to be done is not measured in the next. */
async function untilCarriedOut(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query("select from orders where closed_at is null and status = 'accepted' limit 1");
    if (rows.length === 0) return;
    await pause(500);
  }
}

async function victim(base: string, seconds: number): Promise<Pair["alone"]> {
  const took = await openLoop(VICTIM_PER_SECOND, seconds, () => placeOrder({ base, bearer: BENCH_KEY }));
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

function runAttack(orders: Orders): Promise<Reached> {
  const child = fork(fileURLToPath(new URL("attacker.js", import.meta.url)), { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("message", (reached) => resolve(reached as Reached));
    child.once("exit", (status) => reject(new Error(`the attacker ended with status ${status}`)));
    child.send(orders);
  });
}

async function fill(client: pg.Client): Promise<void> {
  log(`filling ${FILLED} orders of the attacker's, ${PURGED} of them purged`);
  await fillDatabase(client, ATTACKER, FILLED);
  await client.query(
    `update orders set purged_at = now(), request_body = null where id in
       (select id from orders where tenant = $1 and closed_at is not null order by created_at desc limit $2)`,
    [ATTACKER, PURGED],
  );
  await client.query("vacuum (analyze)"); // of what was purged
}

/** The attacker's first order, which waits for its shipment and so stays open. */
async function prepareTarget(base: string): Promise<Target> {
  const usedKey = fresh();
  await fillStock(base, "BENCH-1", ATTACKER_KEY);
  const { id } = JSON.parse(await placeOrder({ base, bearer: ATTACKER_KEY }, { key: usedKey })) as { id: string };
  return { bearer: ATTACKER_KEY, openOrder: id, usedKey };
}
