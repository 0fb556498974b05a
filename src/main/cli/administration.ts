import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError, Option } from "commander";
import { purgeClosed, purgeUnknownEvents } from "../../../activities/housekeeping-activities.js";
import { openApiDocument } from "../../api/openapi/document.js";
import { audit } from "../../background/audit.js";
import { type Config, loadConfig, loadDatabaseUrl } from "../../config/config.js";
import type { Database } from "../../database/database.js";
import { pendingMigrations } from "../../database/migrate.js";
import {
  addApiKey,
  type Credential,
  type KeptKey,
  listApiKeys,
  revokeApiKey,
} from "../../database/queries/api-keys.js";
import { createStripe, createStripeGateway } from "../../providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../../providers/warehouse/http-warehouse.js";
import { resendEmails } from "../../services/resend-emails.js";
import { createLogger } from "../logging.js";
import { ROLES } from "../../domain/role.js";
import { migrateWhereSafe, openDatabase } from "../open-database.js";
import { print, printJson, table } from "./print.js";
import { withJson } from "./ask-service.js";

/** What an administrator does to the order database itself. */
export function addAdministration(program: Command): void {
  program
    .command("audit")
    .description(
      "compare order database, payment provider and warehouse, order by order; exit status 1 where something differs",
    )
    .action(() =>
      withDatabase(async (database, config) => {
        const payments = createStripeGateway(createStripe(config.stripe));
        const began = performance.now();
        const result = await audit({ database, payments, warehouse: createHttpWarehouse(config.fulfilment.url) });
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
    .description("erase personal data and detail of orders that closed before a time and owe nothing")
    .requiredOption("--closed-before <time>", "RFC 3339, for example 2026-01-01T00:00:00Z", readTime)
    .action(({ closedBefore }: { closedBefore: Date }) =>
      withDatabase(async (database) => {
        const purged = await purgeClosed(database, closedBefore, Number.POSITIVE_INFINITY, (count) =>
          print(`${count} purged`),
        );
        const events = await purgeUnknownEvents(database, closedBefore, Number.POSITIVE_INFINITY);
        print(`${events} events of unknown orders purged`);
        print(`${purged} orders purged`);
        return 0;
      }),
    );

  program
    .command("openapi")
    .description("print the description of the API (OpenAPI 3.1)")
    .option("--url <url>", "the API's own address in it", "http://127.0.0.1:3000")
    .action(({ url }: { url: string }) => print(JSON.stringify(openApiDocument(url), null, 2)));

  program
    .command("migrate")
    .description("bring the order database to the form of this build, as every process does when it starts")
    .option("--check", "change nothing; exit status 1 when there is something to do")
    .action(async ({ check = false }: { check?: boolean }) => {
      const databaseUrl = loadDatabaseUrl();
      const names = await (check ? pendingMigrations(databaseUrl) : migrateWhereSafe(databaseUrl)).catch(refuse);
      for (const name of names) print(`${name}  ${check ? "pending" : "made"}`);
      if (names.length === 0) print("nothing to do");
      process.exitCode = check && names.length > 0 ? 1 : 0;
    });

  program
    .command("emails")
    .description("emails to customers")
    .command("resend")
    .description("send again the emails that were given up after EMAIL_GIVE_UP_AFTER, and clear their attentions")
    .option("--order <id>", "those of one order; of all orders otherwise")
    .action(({ order }: { order?: string }) =>
      withDatabase(async (database, config) => {
        const orders = await resendEmails({ database, policy: config.policy }, { orderId: order ?? null });
        for (const id of orders) print(id);
        print(`${orders.length} emails are sent again`);
        return 0;
      }),
    );

  addKeyCommands(program);
}

function addKeyCommands(program: Command): void {
  const keys = program
    .command("keys")
    .description("API keys that are kept, hashed, in the order database; DATABASE_URL is all that these need");

  keys
    .command("add")
    .description("create a key and print it once")
    .requiredOption("--tenant <name>", "the tenant it belongs to")
    .addOption(new Option("--role <role>", "what it allows; support reads alone").choices(ROLES).makeOptionMandatory())
    .option("--name <name>", "what it is for, shown by `keys list`")
    .option("--expires <time>", "from when on it counts no more, for example 2027-01-01T00:00:00Z", readTime)
    .addHelpText("after", '\nExample:\n  idem keys add --tenant acme --role support --name "help desk"')
    .action(({ expires, name, ...credential }: Credential & { name?: string; expires?: Date }) =>
      withKeys(async ({ session }) => {
        const key = `idem_${randomBytes(24).toString("base64url")}`;
        await addApiKey(session, key, { ...credential, name: name ?? null, expiresAt: expires ?? null });
        print(key);
        return 0;
      }),
    );

  withJson(keys.command("list"))
    .description("list the keys, newest first, without their secrets")
    .action(({ json }: { json?: boolean }) =>
      withKeys(async ({ session }) => {
        const kept = await listApiKeys(session);
        if (json) printJson(kept);
        else print(kept.length === 0 ? "no keys" : keyTable(kept));
        return 0;
      }),
    );

  keys
    .command("revoke")
    .description("revoke a key, effective from the next request")
    .argument("<id>", "its id as `keys list` shows it, or the key itself")
    .action((id: string) =>
      withKeys(async ({ session }) => {
        const revoked = await revokeApiKey(session, id);
        print(revoked ? "revoked" : "no such key");
        return revoked ? 0 : 1;
      }),
    );
}

function keyTable(keys: readonly KeptKey[]): string {
  const day = (time: Date | null) => time?.toISOString() ?? "";
  return table(
    ["ID", "TENANT", "ROLE", "NAME", "CREATED", "LAST USED", "ENDS"],
    keys.map(({ id, tenant, role, name, createdAt, expiresAt, lastUsedAt, revokedAt }) => [
      ...[id, tenant, role, name ?? "", day(createdAt), day(lastUsedAt)],
      revokedAt ? `revoked ${day(revokedAt)}` : day(expiresAt),
    ]),
  );
}

function withDatabase(work: (database: Database, config: Config) => Promise<number>): Promise<void> {
  const config = loadConfig("audit");
  return withConnections(config.databaseUrl, (database) => work(database, config));
}

function withKeys(work: (database: Database) => Promise<number>): Promise<void> {
  return withConnections(loadDatabaseUrl(), work);
}

async function withConnections(url: string, work: (database: Database) => Promise<number>): Promise<void> {
  const database = await openDatabase(url, createLogger("idem", "warn"), { connections: 4 });
  try {
    process.exitCode = await work(database);
  } finally {
    await database.close();
  }
}

/** The database as it is cannot be used, or does not answer: the message says what to do. */
function refuse(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError("give a time like 2026-01-01T00:00:00Z");
  }
  return time;
}
