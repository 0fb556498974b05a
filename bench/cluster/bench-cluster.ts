import { Command } from "commander";
import { clusterSection } from "../report/cluster-section.js";
import { asText, writeReport } from "../report/report.js";
import { log } from "../log.js";
import type { Topology } from "./deployment.js";
import type { Round } from "./measure.js";
import { createNamespaces } from "./namespaces.js";
import { untilConfirmed, untilDelivered, whileWaiting } from "./scenarios.js";
import { type ClusterEngines, startEngines } from "./start-engines.js";

const BOTH = "orders,effects";
const ONE: Topology = { apis: 1, workers: [BOTH] };
const TOPOLOGIES: Record<string, Topology> = {
  "1 API, 1 worker": ONE,
  "2 APIs, 1 worker": { apis: 2, workers: [BOTH] },
  "1 API, 2 workers": { apis: 1, workers: [BOTH, BOTH] },
  "2 APIs, 2 workers": { apis: 2, workers: [BOTH, BOTH] },
  "2 APIs, 2 workers of runs, 2 of effects": { apis: 2, workers: ["orders", "orders", "effects", "effects"] },
};
/** Small enough that several fit on this machine, which shows what each adds. */
const SHARE = { API: 0.1, worker: 0.15 };
const SHARES: Record<string, Topology> = Object.fromEntries(
  [
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ].map(([apis = 0, workers = 0]) => [
    `${apis} API${apis > 1 ? "s" : ""}, ${workers} worker${workers > 1 ? "s" : ""}`,
    { apis, workers: Array.from({ length: workers }, () => BOTH), cores: SHARE },
  ]),
);

const { quick, rounds, orders } = new Command("bench:cluster")
  .description("Idem on a Temporal cluster, by numbers of processes; writes its section of bench/report.*")
  .option("--quick", "one short round; prints the tables, writes no report")
  .option("--rounds <number>", "how often each is measured", Number)
  .option("--orders <number>", "orders of a round", Number)
  .parse()
  .opts<{ quick?: boolean; rounds?: number; orders?: number }>();
const plan = { rounds: rounds ?? (quick ? 1 : 3), orders: orders ?? (quick ? 40 : 200) };

log("starting the cluster");
const engines = await startEngines();
try {
  const section = clusterSection({ plan, ...(await measureAll(engines)) });
  process.stdout.write(`\n${section.tables.map(asText).join("\n")}\n`);
  if (!quick) writeReport([section]);
} finally {
  await engines.stop();
}
process.exit(0);

async function measureAll(engines: ClusterEngines) {
  const rounds = await measureInTurn(engines, "free", TOPOLOGIES);
  const shares = await measureInTurn(engines, "share", SHARES);
  await createNamespaces(engines.temporalAddress, ["bench-whole", "bench-wait"]);
  log("orders from their acceptance to their delivery");
  const { round: whole, run } = await untilDelivered(engines, "bench-whole", ONE, plan.orders);
  log("orders that wait for their shipment");
  const waiting = await whileWaiting(engines, "bench-wait", ONE, plan.orders);
  return { rounds, shares, share: SHARE, whole, run, waiting };
}

async function measureInTurn(engines: ClusterEngines, kind: string, topologies: Record<string, Topology>) {
  const measured: Record<string, Round[]> = Object.fromEntries(Object.keys(topologies).map((name) => [name, []]));
  for (let round = 1; round <= plan.rounds; round++) {
    const named = Object.entries(topologies).map(
      ([name, topology], index) => [name, topology, `${kind}-${round}-${index}`] as const,
    );
    await createNamespaces(
      engines.temporalAddress,
      named.map(([, , namespace]) => namespace),
    );
    for (const [name, topology, namespace] of named) {
      log(`round ${round} of ${plan.rounds}: ${name}${topology.cores ? ", each with its share of a core" : ""}`);
      measured[name]?.push(await untilConfirmed(engines, namespace, topology, plan.orders));
    }
  }
  return measured;
}
