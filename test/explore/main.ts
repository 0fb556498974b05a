import { parseArgs } from "node:util";
import { RuleCoverage } from "./rule-coverage.js";

/**
 * `npm run explore [-- --depth N]`: walks every order that can be reached with up to N surprises (2 without the option)
 * and fails unless no step breaks an invariant, every branch of src/domain/rules was taken, every legal move was made
 * and every pair of final status and failure code was reached.
 */

const DEFAULT_DEPTH = 2;

const { values } = parseArgs({ options: { depth: { type: "string" } } });
const depth = Number(values.depth ?? DEFAULT_DEPTH);
if (!Number.isInteger(depth) || depth < 0) throw new Error("--depth takes a whole number, 0 or more");

/** The first violation of a kind is the one with the fewest surprises. */
function firstOfEach<Found extends { what: string }>(violations: readonly Found[]): Found[] {
  return violations.filter(({ what }, at) => violations.findIndex((one) => one.what === what) === at);
}

const coverage = new RuleCoverage();
await coverage.start();
const { explore } = await import("./explore.js");
const { SCENARIOS } = await import("./orders.js");
const { RULES } = await import("./rules.js");
const { missingEnds, missingMoves } = await import("./completeness.js");

const found = { orders: 0, facts: 0, violations: 0, moves: new Set<string>(), ends: new Set<string>() };
const print = (line: string) => process.stdout.write(`${line}\n`);

for (const scenario of SCENARIOS) {
  const began = performance.now();
  const { orders, facts, violations, moves, ends } = explore(scenario, RULES, { depth });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(`${scenario.name}: ${orders} orders, ${facts} facts (${seconds} s)`);
  for (const { what, path } of firstOfEach(violations)) print(`  ${what}\n    ${path.join(" -> ")}`);
  found.orders += orders;
  found.facts += facts;
  found.violations += violations.length;
  for (const move of moves) found.moves.add(move);
  for (const end of ends) found.ends.add(end);
}

const untaken = await coverage.untaken();
const gaps = [
  ...untaken.map(({ at, text }) => `${at} was not taken: ${text}`),
  ...missingMoves(found.moves).map((move) => `no order moved from ${move}`),
  ...missingEnds(found.ends).map((end) => `no order ended as ${end}`),
];
for (const gap of gaps) print(gap);
print(`explored ${found.orders} orders, ${found.facts} facts, ${found.violations} violations`);
process.exitCode = found.violations > 0 || gaps.length > 0 ? 1 : 0;
