import { purgeClosed, purgeUnknownEvents } from "../../../activities/housekeeping-activities.js";
import { openApiDocument } from "../../api/openapi/document.js";
import { audit } from "../../background/audit.js";
import { type Config, loadConfig, loadDatabaseUrl } from "../../config/config.js";
import type { Database } from "../../database/database.js";
import { pendingMigrations } from "../../database/migrate.js";
import { addApiKey, type KeptKey, listApiKeys, type NewKey, revokeApiKey } from "../../database/queries/api-keys.js";
import { createStripe, createStripeGateway } from "../../providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../../providers/warehouse/http-warehouse.js";
import { drawApiKey } from "../../services/manage-api-keys.js";
import { resendEmails } from "../../services/resend-emails.js";
import { createLogger } from "../logging.js";
import { migrateWhereSafe, openDatabase } from "../open-database.js";
import { print, printJson, table } from "./print.js";

/** What the administration's commands do; loaded by those that need it, since the others are quicker without. */

export function auditAll(): Promise<void> {
  return withDatabase(async (database, config) => {
    const payments = createStripeGateway(createStripe(config.stripe));
    const began = performance.now();
    const result = await audit({ database, payments, warehouse: createHttpWarehouse(config.fulfilment.url) });
    for (const { orderId, what } of result.discrepancies) print(`${orderId ?? "-".padEnd(36)}  ${what}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    print(
      `${result.orders} orders, ${result.payments} payments, ${result.discrepancies.length} discrepancies (${seconds} s)`,
    );
    return result.discrepancies.length === 0 ? 0 : 1;
  });
}

export function purge(closedBefore: Date): Promise<void> {
  return withDatabase(async (database) => {
    const purged = await purgeClosed(database, closedBefore, Number.POSITIVE_INFINITY, (count) =>
      print(`${count} purged`),
    );
    const events = await purgeUnknownEvents(database, closedBefore, Number.POSITIVE_INFINITY);
    print(`${events} events of unknown orders purged`);
    print(`${purged} orders purged`);
    return 0;
  });
}

export function printOpenApi(url: string): void {
  printJson(openApiDocument(url));
}

export async function migrate(isCheck: boolean): Promise<void> {
  const databaseUrl = loadDatabaseUrl();
  const names = await (isCheck ? pendingMigrations(databaseUrl) : migrateWhereSafe(databaseUrl)).catch(refuse);
  for (const name of names) print(`${name}  ${isCheck ? "pending" : "made"}`);
  if (names.length === 0) print("nothing to do");
  process.exitCode = isCheck && names.length > 0 ? 1 : 0;
}

/** @param orderId of one order; null for all. */
export function resend(orderId: string | null): Promise<void> {
  return withDatabase(async (database, config) => {
    const orders = await resendEmails({ database, policy: config.policy }, { orderId });
    for (const id of orders) print(id);
    print(`${orders.length} emails are sent again`);
    return 0;
  });
}

export function addKey(added: NewKey): Promise<void> {
  return withKeys(async ({ session }) => {
    const key = drawApiKey();
    await addApiKey(session, key, added);
    print(key);
    return 0;
  });
}

export function listKeys(json: boolean): Promise<void> {
  return withKeys(async ({ session }) => {
    const kept = await listApiKeys(session, null);
    if (json) printJson(kept);
    else print(kept.length === 0 ? "no keys" : keyTable(kept));
    return 0;
  });
}

/** By its id, or the key itself. */
export function revokeKey(id: string): Promise<void> {
  return withKeys(async ({ session }) => {
    const revoked = await revokeApiKey(session, id);
    print(revoked ? "revoked" : "no such key");
    return revoked ? 0 : 1;
  });
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
  const config = loadConfig("administration");
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
