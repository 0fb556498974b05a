import { parseArgs } from "node:util";
import { replaceModules } from "./register.js";
import type { Plant } from "./plant.js";

/**
 * `npm run simulate [-- --orders N] [--from SEED] [--seed SEED] [--planted NAME] [--record N]`: simulates N orders (20,000
 * without the option), each from its own seed, and fails unless every one ends as promised and each operation met each fault often
 * enough. With --seed it prints the story of one order. With --planted it stops at the first order that a fault, planted
 * into the product's code, brings to a wrong end. With --record it prints the histories of N orders' runs.
 */

const { values } = parseArgs({
  options: {
    orders: { type: "string", default: "20000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    planted: { type: "string" },
    record: { type: "string" },
  },
});
/** Violations that are printed; the others are counted. */
const LOGGED = 3;

replaceModules();
const { simulate } = await import("./simulation.js");
const { FaultTable } = await import("./fault-table.js");
const { record } = await import("./history.js");
const { PLANTED_FAULTS } = await import("./planted-faults.js");

const print = (line: string) => process.stdout.write(`${line}\n`);
/** Ends once a slow reader has all that was printed: the replaced clocks and sockets would keep the process alive. */
const exit = (status: number) => new Promise<never>(() => void process.stdout.write("", () => process.exit(status)));
const isOne = values.seed !== undefined;
const from = Number(values.seed ?? values.from);
const orders = isOne ? 1 : Number(values.orders);
if (!Number.isInteger(from) || !Number.isInteger(orders)) throw new Error("orders and seeds are whole numbers");

function plantOf(name: string | undefined): Plant {
  if (name === undefined) return {};
  const fault = PLANTED_FAULTS.find((one) => one.name === name);
  if (!fault) throw new Error(`no fault is called ${name}`);
  return fault.plant;
}

if (values.record !== undefined) {
  for (let seed = from; seed < from + Number(values.record); seed++) {
    const { orderId, runs } = await simulate(seed);
    for (const run of runs) if (run.tasks.length > 0) print(JSON.stringify(record(run, orderId)));
  }
  await exit(0);
}

const plant = plantOf(values.planted);
const table = new FaultTable();
let calls = 0;
let violations = 0;
for (let seed = from; seed < from + orders; seed++) {
  const simulated = await simulate(seed, plant, isOne);
  table.add(simulated.table);
  calls += simulated.calls;
  for (const line of simulated.story) print(line);
  if (simulated.violations.length === 0) continue;
  violations++;
  print(`seed ${seed}: ${simulated.violations.join("; ")}`);
  if (!isOne && violations <= LOGGED) for (const line of (await simulate(seed, plant, true)).story) print(line);
  if (values.planted !== undefined) break;
}
const missing = isOne || values.planted !== undefined ? [] : table.missing;
if (missing.length > 0) print(String(table));
for (const cell of missing) print(cell);
const { operation, fault, hits } = table.least;
print(
  `simulated ${orders} orders, seed ${from}, ${calls} calls, ${violations} violations; ` +
    `least of all ${operation} met "${fault}", ${hits} times`,
);
await exit(violations > 0 || missing.length > 0 ? 1 : 0);
