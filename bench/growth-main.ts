import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureGrowth } from "./growth.js";
import { asText, writeReport } from "./report/report.js";

const { values } = parseArgs({ options: { orders: { type: "string", default: "1000000" } } });
const section = await measureGrowth({ orders: Number(values.orders), rounds: 5, posts: 200 });
for (const table of section.tables) process.stdout.write(`${asText(table)}\n`);
writeReport(fileURLToPath(new URL("../../bench/", import.meta.url)), [section]);
