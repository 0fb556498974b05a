#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import { addApiKey, revokeApiKey } from "../database/api-keys.js";
import { purgeClosed } from "../database/purge.js";
import { createStripe, createStripeGateway } from "../providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../providers/warehouse/http-warehouse.js";
import { auditOrders } from "../background/audit.js";
import { type Config, loadConfig } from "../config/config.js";
import { createLogger } from "./logging.js";
import { openOrderBook } from "./connect-database.js";
import type { OrderBook } from "../database/order-book.js";

const PURGE_BATCH = 200;

const program = new Command("idem").description("Tools around the order book.");

program
  .command("audit")
  .description("compare book, provider and warehouse order by order; status 1 and the list where something differs")
  .action(() =>
    withBook(async (book, config) => {
      const payments = createStripeGateway(createStripe(config.stripe));
      const began = performance.now();
      const result = await auditOrders({ book, payments, warehouse: createHttpWarehouse(config.fulfilment.url) });
      for (const { orderId, what } of result.discrepancies) print(`${orderId ?? "-".padEnd(36)}  ${what}`);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      print(
        `${result.orders} orders, ${result.payments} payments, ${result.discrepancies.length} discrepancies (${seconds} s)`,
      );
      return result.discrepancies.length === 0 ? 0 : 1;
    }),
  );

program
  .command("purge")
  .description("erase the detail of orders that closed before a time and owe nothing; a tombstone stays")
  .requiredOption("--closed-before <time>", "RFC 3339, for example 2026-01-01T00:00:00Z", readTime)
  .action(({ closedBefore }: { closedBefore: Date }) =>
    withBook(async (book) => {
      let purged = 0;
      for (let count = PURGE_BATCH; count === PURGE_BATCH;) {
        count = await purgeClosed(book.db, closedBefore, PURGE_BATCH);
        purged += count;
        if (count > 0) print(`${purged} purged`);
      }
      print(`${purged} orders purged`);
      return 0;
    }),
  );

const keys = program.command("keys").description("API keys that are kept, hashed, in the book");

keys
  .command("add")
  .description("make a key and print it, this once")
  .requiredOption("--tenant <name>", "whose key it is")
  .addOption(new Option("--role <role>", "what it may do").choices(["merchant", "operator"]).makeOptionMandatory())
  .action(({ tenant, role }: { tenant: string; role: "merchant" | "operator" }) =>
    withBook(async (book) => {
      const key = `idem_${randomBytes(24).toString("base64url")}`;
      await addApiKey(book.db, key, { tenant, role });
      print(key);
      return 0;
    }),
  );

keys
  .command("revoke")
  .description("revoke a key, which counts from the next request on")
  .argument("<key>")
  .action((key: string) =>
    withBook(async (book) => {
      const revoked = await revokeApiKey(book.db, key);
      print(revoked ? "revoked" : "no such key");
      return revoked ? 0 : 1;
    }),
  );

await program.parseAsync();

async function withBook(work: (book: OrderBook, config: Config) => Promise<number>): Promise<void> {
  const config = loadConfig("audit");
  const book = await openOrderBook(config.databaseUrl, createLogger("idem", "warn"), 4);
  try {
    process.exitCode = await work(book, config);
  } finally {
    await book.close();
  }
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError("give a time like 2026-01-01T00:00:00Z");
  }
  return time;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
