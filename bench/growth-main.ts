import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureGrowth } from "./growth.js";

const { values } = parseArgs({ options: { orders: { type: "string", default: "1000000" } } });
const section = await measureGrowth({ orders: Number(values.orders), rounds: 5, posts: 200 });
for (const { caption, columns, rows } of section.tables) {
  process.stdout.write(`${caption}\n\n`);
  for (const [name = "", ...cells] of [columns, ...rows])
    process.stdout.write(`${name.padEnd(28)}${cells.map((cell) => cell.padStart(12)).join("")}\n`);
  process.stdout.write("\n");
}
mkdirSync("bench/results", { recursive: true });
writeFileSync("bench/results/growth.json", `${JSON.stringify(section, null, 2)}\n`);
