import { loadavg } from "node:os";
import { Argument, Command } from "commander";
import { measureGrowth } from "./growth.js";
import { measureOpenRuns } from "./open-runs.js";
import { measureOrderShapes } from "./order-shapes.js";
import { figureOf, shown } from "./report/figure.js";
import { growthSection } from "./report/growth-section.js";
import { openRunsSection } from "./report/open-runs-section.js";
import { orderShapesSection } from "./report/order-shapes-section.js";
import { asText, writeReport } from "./report/report.js";
import type { Section } from "./report/section.js";

const PARTS = ["database", "order-shapes", "open-runs"] as const;

type Part = (typeof PARTS)[number];

interface Options {
  orders: number;
  rounds: number;
  posts: number;
  openRuns: number;
}

const program = new Command("bench:growth")
  .description(
    "Growth of the order database, of open runs and of a single order; each writes its section of bench/report.*",
  )
  .addArgument(new Argument("[parts...]", "what is measured; all of it by default").choices(PARTS))
  .option("--orders <number>", "closed orders in the full database", Number, 1_000_000)
  .option("--rounds <number>", "how often each side is measured", Number, 7)
  .option("--posts <number>", "orders of a closed loop", Number, 200)
  .option("--open-runs <number>", "runs that wait for their shipment", Number, 5_000)
  .parse();

const { orders, rounds, posts, openRuns } = program.opts<Options>();
const measures: Record<Part, () => Promise<Section>> = {
  database: async () => growthSection(await measureGrowth({ orders, rounds, posts })),
  "open-runs": async () => openRunsSection(await measureOpenRuns(openRuns)),
  "order-shapes": async () => orderShapesSection(await measureOrderShapes({ rounds, orders: posts })),
};
const [chosen] = program.processedArgs as [Part[]];
for (const part of chosen.length > 0 ? chosen : PARTS) {
  const section = await withLoadNote(measures[part]);
  writeReport([section]);
  for (const table of section.tables) process.stdout.write(`${asText(table)}\n`);
}
process.exit();

/** Adds a note about how busy the machine was during the measurement, since others may share it. */
async function withLoadNote(measure: () => Promise<Section>): Promise<Section> {
  const loads: number[] = [];
  const sample = () => loads.push(loadavg()[0] ?? 0);
  const timer = setInterval(sample, 5_000);
  sample();
  const section = await measure();
  clearInterval(timer);
  const note = `Load average of the machine during the measurement, which is part of it: ${shown(figureOf(loads))}.`;
  return { ...section, notes: [...section.notes, note] };
}
