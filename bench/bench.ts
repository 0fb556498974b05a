import { Command } from "commander";
import { type BenchService, startBenchService } from "./bench-service.js";
import { type Contender, idem, peer, plainSaga } from "./contenders.js";
import { guard } from "./guard.js";
import { median } from "./quantile.js";
import { asText, goals, writeReport } from "./report/report.js";
import type { Section } from "./report/section.js";
import { say } from "./say.js";
import { sideBySideSection } from "./report/side-by-side-section.js";
import {
  type Arrivals,
  type FloorRound,
  measureArrivals,
  measureFloor,
  measureRound,
  measureShapes,
  type Plan,
  type Round,
} from "./side-by-side.js";
import { openWorld } from "./world.js";

const FULL: Plan = {
  rounds: 5,
  orders: 300,
  warmUp: 300,
  lone: 40,
  repeats: 1_000,
  arrivalsS: 10,
  burst: { perSecond: 200, seconds: 10, times: 3 },
};
const QUICK: Plan = {
  rounds: 3,
  orders: 120,
  warmUp: 60,
  lone: 10,
  repeats: 300,
  arrivalsS: 4,
  burst: { perSecond: 100, seconds: 1, times: 3 },
};

const { quick, peers, rounds, orders } = new Command("bench")
  .description("Idem next to a plain saga, to the floor and, if asked, to its peers; writes bench/report.*")
  .option("--quick", "a few minutes; prints the tables, writes no report")
  .option("--peers", "DBOS and Restate too, from bench/peers")
  .option("--rounds <number>", "how often each is measured", Number)
  .option("--orders <number>", "orders of a closed loop", Number)
  .parse()
  .opts<{ quick?: boolean; peers?: boolean; rounds?: number; orders?: number }>();

const usual = quick ? QUICK : FULL;
const plan = { ...usual, rounds: rounds ?? usual.rounds, orders: orders ?? usual.orders };
const world = await openWorld();
say("starting engines, API and worker");
const service = await startBenchService(world);
let audited;
let section: Section;
try {
  section = await sideBySide(service);
  say("auditing");
  audited = await service.audit();
} finally {
  await service.stop();
}
process.stdout.write(`\n${section.tables.map(asText).join("\n")}\n`);
process.stdout.write(`${asText(goals(section.ratios))}\n${audited.output}`);
if (!quick) writeReport([section]);
if (audited.status !== 0) process.stdout.write("the audit found a difference\n");
process.exit(audited.status === 0 && (!quick || guard(section.ratios)) ? 0 : 1);

async function sideBySide(bench: BenchService): Promise<Section> {
  const ours = await idem(bench, world);
  const saga = await plainSaga(bench);
  const contenders: Contender[] = [ours, saga];
  if (peers) contenders.push(...(await startPeers(bench)));
  say("warming up");
  for (const contender of contenders) await measureRound(contender, { ...plan, orders: plan.warmUp });
  const measured: Record<string, Round[]> = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  const floor: FloorRound[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const contender of contenders) {
      say(`round ${round} of ${plan.rounds}: ${contender.name}`);
      measured[contender.name]?.push(await measureRound(contender, plan));
    }
    floor.push(await measureFloor(bench, saga, plan.orders));
  }
  const rate = (name: string) => median((measured[name] ?? []).map(({ perSecond }) => perSecond));
  const shapes = await measureShapes(bench, ours, saga);
  const sagaArrivals: Arrivals[] = [];
  const bursts: Arrivals[] = [];
  for (let time = 1; time <= plan.burst.times; time++) {
    say(`burst ${time} of ${plan.burst.times}: ${plan.burst.perSecond * plan.burst.seconds} orders`);
    sagaArrivals.push(await measureArrivals(saga, rate("plain saga"), plan.arrivalsS));
    bursts.push(await measureArrivals(ours, plan.burst.perSecond, plan.burst.seconds));
  }
  const steady = await measureArrivals(ours, rate("Idem") * 0.8, plan.arrivalsS);
  return sideBySideSection({ plan, rounds: measured, floor, shapes, bursts, sagaArrivals, steady });
}

async function startPeers(bench: BenchService): Promise<Contender[]> {
  const started: Contender[] = [];
  for (const name of ["DBOS", "Restate"] as const) started.push(await peer(bench, name));
  return started;
}
