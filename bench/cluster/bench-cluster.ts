import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import pg from "pg";
import { OutsideWorld } from "../../src/simulator/control-client.js";
import { startSimulator } from "../../src/simulator/simulator.js";
import { outside } from "../bench-service.js";
import { commit } from "../report/commit.js";
import { clusterSection } from "../report/cluster-section.js";
import { asText, writeReport } from "../report/report.js";
import { openWorld } from "../world.js";
import { capCpu } from "./cpu-cap.js";
import { measureRound, type Round } from "./measure.js";
import { createNamespaces } from "./namespaces.js";
import { openPlace, type Place, type Shape } from "./place.js";
import { type ClusterEngines, startEngines } from "./start-engines.js";

const FOLDER = fileURLToPath(new URL("../../../bench/", import.meta.url));
const BOTH = "orders,effects";
const ONE: Shape = { apis: 1, workers: [BOTH] };
const SHAPES: Record<string, Shape> = {
  "1 API, 1 worker": ONE,
  "2 APIs, 1 worker": { apis: 2, workers: [BOTH] },
  "1 API, 2 workers": { apis: 1, workers: [BOTH, BOTH] },
  "2 APIs, 2 workers": { apis: 2, workers: [BOTH, BOTH] },
  "2 APIs, 2 workers of runs, 2 of effects": { apis: 2, workers: ["orders", "orders", "effects", "effects"] },
};
/** Small enough that several fit on this machine, so that what each brings shows. */
const SHARE = { API: 0.1, worker: 0.25 };
const SHARES: Record<string, Shape> = Object.fromEntries(
  [
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
    [2, 3],
  ].map(([apis = 0, workers = 0]) => [
    `${apis} API${apis > 1 ? "s" : ""}, ${workers} worker${workers > 1 ? "s" : ""}`,
    { apis, workers: Array.from({ length: workers }, () => BOTH), cores: SHARE },
  ]),
);
const WARM = 60;
const SHIPS_AFTER_MS = 2_000;

const { quick, rounds, orders } = new Command("bench:cluster")
  .description("Idem on a Temporal cluster, by numbers of processes; writes its part of bench/report.*")
  .option("--quick", "one short round; prints the tables, writes no report")
  .option("--rounds <number>", "how often each is measured", Number)
  .option("--orders <number>", "orders of a round", Number)
  .parse()
  .opts<{ quick?: boolean; rounds?: number; orders?: number }>();
const plan = { rounds: rounds ?? (quick ? 1 : 3), orders: orders ?? (quick ? 40 : 200) };

say("starting the cluster");
const engines = await startEngines();
try {
  const section = clusterSection({ plan, commit: commit(), ...(await measureAll(engines)) });
  process.stdout.write(`\n${section.tables.map(asText).join("\n")}\n`);
  if (!quick) writeReport(FOLDER, [section]);
} finally {
  await engines.stop();
}
process.exit(0);

async function measureAll(engines: ClusterEngines) {
  const rounds = await byTurns(engines, "free", SHAPES);
  const shares = await byTurns(engines, "share", SHARES);
  say("orders from their acceptance to their delivery");
  await createNamespaces(engines.temporalAddress, ["bench-whole"]);
  return { rounds, shares, share: SHARE, whole: await untilDelivered(engines, "bench-whole") };
}

async function byTurns(engines: ClusterEngines, kind: string, shapes: Record<string, Shape>) {
  const measured: Record<string, Round[]> = Object.fromEntries(Object.keys(shapes).map((name) => [name, []]));
  for (let round = 1; round <= plan.rounds; round++) {
    const named = Object.entries(shapes).map(
      ([name, shape], index) => [name, shape, `${kind}-${round}-${index}`] as const,
    );
    await createNamespaces(
      engines.temporalAddress,
      named.map(([, , namespace]) => namespace),
    );
    for (const [name, shape, namespace] of named) {
      say(`round ${round} of ${plan.rounds}: ${name}${shape.cores ? ", each with its share of a core" : ""}`);
      measured[name]?.push(await untilMailed(engines, namespace, shape));
    }
  }
  return measured;
}

/** Orders until they are charged, handed to the warehouse and confirmed by mail; nothing ships. */
async function untilMailed(engines: ClusterEngines, namespace: string, shape: Shape): Promise<Round> {
  const world = await openWorld();
  const place = await openPlace(engines, namespace, shape, () => outside(world));
  const done = (count: number) => {
    const { charges, shipments, mails } = world.effects();
    return world.reached({ charges: charges + count, shipments: shipments + count, mails: mails + count });
  };
  return measureAndAudit(place, engines, shape, done);
}

/** Orders until they are delivered, paid and completed, with all the news that brings. */
async function untilDelivered(engines: ClusterEngines, namespace: string): Promise<Round> {
  const secrets = { stripeSecret: "whsec_bench", fulfilmentSecret: `whsec_${Buffer.from("bench").toString("base64")}` };
  const parties = async (webhookBase: string) => {
    const { info } = await startSimulator({ port: 0, smtpPort: 0, webhookBase, ...secrets, home: null });
    await new OutsideWorld(info.controlUrl).config({ shipDelayMs: SHIPS_AFTER_MS, deliverDelayMs: SHIPS_AFTER_MS });
    return outside({ httpUrl: info.stripeApiBase, smtpUrl: info.smtpUrl });
  };
  const place = await openPlace(engines, namespace, ONE, parties);
  const book = new pg.Client({ connectionString: place.databaseUrl });
  await book.connect();
  const completed = async () => {
    const { rows } = await book.query("select count(*)::integer as n from orders where status = 'completed'");
    return rows[0].n as number;
  };
  const done = async (count: number) => {
    const target = (await completed()) + count;
    while ((await completed()) < target) await pause(200);
  };
  return measureAndAudit(place, engines, ONE, done).finally(() => book.end());
}

async function measureAndAudit(
  place: Place,
  { runsUrl }: ClusterEngines,
  { cores }: Shape,
  done: (orders: number) => Promise<void>,
) {
  let lifts: ((() => void) | null)[] = [];
  try {
    await measureRound(place, runsUrl, WARM, done);
    if (cores) lifts = capAll(place, cores);
    const round = await measureRound(place, runsUrl, plan.orders, done);
    const { status, output } = await place.audit();
    if (status !== 0) throw new Error(`the audit found a difference:\n${output}`);
    return round;
  } finally {
    await place.stop();
    for (const lift of lifts) lift?.();
  }
}

function capAll({ pids }: Place, cores: NonNullable<Shape["cores"]>): ((() => void) | null)[] {
  return Object.entries(pids)
    .filter(([role]) => /^(API|worker)/.test(role))
    .map(([role, pid]) => capCpu(pid, role.startsWith("API") ? cores.API : cores.worker));
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
