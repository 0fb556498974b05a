import { Argument, Command, Option } from "commander";
import { type BenchService, startBenchService } from "./bench-service.js";
import { checkThresholds } from "./check-thresholds.js";
import { log } from "./log.js";
import { ATTACKS } from "./neighbours/attacks.js";
import { measureNeighbour, NEIGHBOUR_SETTINGS } from "./neighbours/neighbours.js";
import { neighboursSection } from "./report/neighbours-section.js";
import { asText, goals, writeReport } from "./report/report.js";
import type { Ratio, Section } from "./report/section.js";
import { sideBySideSection } from "./report/side-by-side-section.js";
import { wholeLifeSection } from "./report/whole-life-section.js";
import type { Plan } from "./side-by-side/plan.js";
import { measureSideBySide } from "./side-by-side/side-by-side.js";
import { startStubProviders, type StubProviders } from "./stub-providers/stub-providers.js";
import { measureWholeLife, type WholeLifePlan } from "./whole-life/whole-life.js";

const FULL: { sideBySide: Plan; wholeLife: WholeLifePlan } = {
  sideBySide: {
    rounds: 5,
    orders: 300,
    warmUp: 300,
    lone: 40,
    repeats: 1_000,
    arrivalsS: 10,
    burst: { perSecond: 200, seconds: 10, times: 3 },
  },
  wholeLife: { rounds: 5, orders: 300, warmUp: 300, counted: 500, logged: 60, lone: 10 },
};
const QUICK: typeof FULL = {
  sideBySide: {
    rounds: 5,
    orders: 300,
    warmUp: 60,
    lone: 10,
    repeats: 300,
    arrivalsS: 4,
    burst: { perSecond: 100, seconds: 1, times: 3 },
  },
  wholeLife: { rounds: 3, orders: 90, warmUp: 60, counted: 300, logged: 30, lone: 5 },
};

interface Options {
  quick?: boolean;
  comparisons?: boolean;
  neighbours?: boolean;
  attacks?: string[];
  rounds?: number;
  orders?: number;
}

const NEIGHBOURS = { rounds: 3, seconds: 30 };
const QUICK_NEIGHBOURS: typeof NEIGHBOURS = { rounds: 1, seconds: 5 };

const SECTIONS = ["side-by-side", "to-delivery"] as const;

const program = new Command("bench")
  .description("Idem beside a plain saga, the floor and, if asked for, DBOS and Restate; writes bench/report.*")
  .addArgument(new Argument("[sections...]", "what is measured; all of it by default").choices(SECTIONS))
  .option("--quick", "a few minutes; prints the tables, checks the thresholds, writes no report")
  .option("--comparisons", "DBOS and Restate too; installs bench/package.json")
  .option("--neighbours", "one tenant beside each attack of another, and nothing else; an hour")
  .addOption(
    new Option("--attacks <names...>", "those of --neighbours that are measured").choices(Object.keys(ATTACKS)),
  )
  .option("--rounds <number>", "how often each system is measured", Number)
  .option("--orders <number>", "orders of a closed loop", Number)
  .parse();
const { quick = false, comparisons = false, neighbours = false, attacks, rounds, orders } = program.opts<Options>();
const [chosen] = program.processedArgs as [(typeof SECTIONS)[number][]];
const asked = { ...(rounds !== undefined && { rounds }), ...(orders !== undefined && { orders }) };
const usual = quick ? QUICK : FULL;

const measures = {
  "side-by-side": async (service: BenchService, providers: StubProviders) =>
    sideBySideSection(await measureSideBySide(service, providers, { ...usual.sideBySide, ...asked }, comparisons)),
  "to-delivery": async (service: BenchService, providers: StubProviders) =>
    wholeLifeSection(await measureWholeLife(service, providers, { ...usual.wholeLife, ...asked })),
};

if (neighbours) {
  await benchNeighbours();
  process.exit(0);
}

const sections: Section[] = [];
let isClean = true;
for (const name of chosen.length > 0 ? chosen : SECTIONS) {
  const { section, audit } = await withService(async (service, providers) => {
    const measured = await measures[name](service, providers);
    log("auditing");
    return { section: measured, audit: await service.audit() };
  });
  sections.push(section);
  process.stdout.write(`\n${section.tables.map(asText).join("\n")}\n${audit.output}`);
  if (audit.status !== 0) process.stdout.write("the audit found a difference\n");
  isClean &&= audit.status === 0;
}
const ratios: Record<string, Ratio> = Object.assign({}, ...sections.map((section) => section.ratios));
process.stdout.write(`\n${asText(goals(ratios))}\n`);
if (!quick) writeReport(sections);
const isWithin = !quick || checkThresholds(ratios, { all: chosen.length === 0 });
process.exit(isClean && isWithin ? 0 : 1);

/** No audit: the orders that the attacker's lists go through are at no provider. Each attack has a service that no other one has left orders in. */
async function benchNeighbours(): Promise<void> {
  const plan = { ...(quick ? QUICK_NEIGHBOURS : NEIGHBOURS), ...(rounds !== undefined && { rounds }) };
  const measured = [];
  for (const name of attacks ?? Object.keys(ATTACKS))
    measured.push(await withService((service) => measureNeighbour(service, plan, name), NEIGHBOUR_SETTINGS));
  const section = neighboursSection({ plan, attacks: measured });
  process.stdout.write(`\n${section.tables.map(asText).join("\n")}\n${asText(goals(section.ratios))}\n`);
  if (!quick) writeReport([section]);
}

/** Measures with a service of its own, which no order of another section slows down. */
async function withService<T>(
  measure: (service: BenchService, providers: StubProviders) => Promise<T>,
  settings: NodeJS.ProcessEnv = {},
): Promise<T> {
  const providers = await startStubProviders();
  log("starting engines, API and worker");
  const service = await startBenchService(providers, { settings });
  try {
    return await measure(service, providers);
  } finally {
    await service.stop();
  }
}
