import { explore } from "./explore.js";
import { SCENARIOS } from "./orders.js";
import { RULES } from "./rules.js";
const depth = Number(process.argv[2] ?? 5);
let orders = 0,
  facts = 0;
const ends = new Set<string>(),
  moves = new Set<string>();
for (const s of SCENARIOS) {
  const t = Date.now();
  const f = explore(s, RULES, { surprises: depth });
  orders += f.orders;
  facts += f.facts;
  f.ends.forEach((e) => ends.add(e));
  f.moves.forEach((e) => moves.add(e));
  console.log(s.name, f.orders, f.facts, f.violations.length, Date.now() - t + "ms");
  const whats = new Set<string>();
  for (const v of f.violations) {
    if (whats.has(v.what.slice(0, 60))) continue;
    whats.add(v.what.slice(0, 60));
    if (whats.size <= 4) console.log("   ", v.what.slice(0, 260), "\n        ", v.path.join(" -> "));
  }
}
console.log(orders, facts, [...ends].sort().join(" "), [...moves].sort().join("; "));
