import { Argument, Command } from "commander";
import { measureProfile, type ProfileOptions } from "./profile.js";
import { asText, writeReport } from "./report/report.js";

const PARTS = ["confirmed", "delivered"] as const;

const program = new Command("bench:profile")
  .description("Where the CPU time of an order goes; writes its section of bench/report.*")
  .addArgument(new Argument("[until]", "how far the orders are carried").choices(PARTS).default("confirmed"))
  .option("--orders <number>", "orders under load", Number, 600)
  .parse();
const { orders } = program.opts<{ orders: number }>();
const [until] = program.processedArgs as [ProfileOptions["until"]];

const section = await measureProfile({ orders, warmUp: Math.ceil(orders / 2), counted: 20, until });
for (const table of section.tables) process.stdout.write(`${asText(table)}\n`);
writeReport([section]);
process.exit(0); // the stub providers' servers would keep it alive
