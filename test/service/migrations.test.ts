import pg from "pg";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { migrate, pendingMigrations, UnsupportedDatabaseError } from "../../src/database/migrate.js";
import { createDatabase } from "../rig/database.js";

/** The migrations after the baseline. */
const EXPANDING = [
  "0002-health",
  "0003-unknown-events",
  "0004-tracking-url",
  "0005-order-search",
  "0006-callers",
  "0007-webhooks",
  "0008-api-keys",
  "0009-attention-batches",
  "0010-actors",
  "0011-orders-without-run",
];

const databases: Awaited<ReturnType<typeof createDatabase>>[] = [];
let url = "";
beforeEach(async () => {
  const database = await createDatabase(inject("engines").databaseUrl);
  databases.push(database);
  url = database.url;
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const tables = async () =>
  (await query("select table_name from information_schema.tables where table_schema = 'public'")).length;

describe("a migration", () => {
  test("makes an empty database Idem's, once, however many processes start together", async () => {
    const made = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(made.flat()).toEqual(["0001-baseline", ...EXPANDING]);
    expect([await migrate(url), await pendingMigrations(url)]).toEqual([[], []]);
  });

  test("that finds a table in use keeps no statement waiting for more than a second and goes on when it is free", async () => {
    await migrate(url);
    await query("delete from kysely_migration where name > '0001-baseline'");
    await query("drop table alerts; alter table workers drop column provider_calls; drop index orders_open_by_status");
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin; select from workers");
    expect(await pendingMigrations(url)).toEqual(EXPANDING);
    const migrated = migrate(url);
    let slowestMs = 0;
    for (const until = Date.now() + 3_000; Date.now() < until;) {
      const [timed] = await query<{ ms: number }>(
        "select (1000 * extract(epoch from clock_timestamp() - statement_timestamp()))::float8 as ms from (select count(*) from workers) as read",
      );
      slowestMs = Math.max(slowestMs, timed?.ms ?? Infinity);
    }
    await reader.query("commit");
    await reader.end();
    expect(await migrated).toEqual(EXPANDING);
    expect(slowestMs).toBeLessThan(1_500);
    expect(await query("select provider_calls from workers")).toEqual([]);
  });

  test("finds the emails of orders that were there before it, and of those that the build before goes on writing", async () => {
    await migrate(url);
    const insert = (id: string) =>
      query(`insert into orders (id, tenant, fingerprint, fingerprint_version, request_body, body_version, currency, total, payment_status, policy)
        values ('${id}', 'acme', '\\x', 1, '{"customer":{"email":"Ada@Example.com"},"big":1e99999,"text":"\\\\u0000"}', 1, 'EUR', 1, 'pending', '{}')`);
    await query("alter table orders disable trigger user");
    for (let order = 0; order < 1_001; order++) await insert(`before-${order}`);
    await query(
      "alter table orders enable trigger user; delete from kysely_migration where name >= '0005-order-search'",
    );
    expect(await migrate(url)).toEqual(EXPANDING.slice(EXPANDING.indexOf("0005-order-search")));
    await insert("after");
    const found = "from orders where email_hash = customer_email_hash('acme', 'ada@example.COM')";
    expect(await query(`select count(*)::int as orders ${found}`)).toEqual([{ orders: 1_002 }]);
    await query("update orders set request_body = null, purged_at = now() where id = 'after'");
    expect(await query(`select count(*)::int as orders ${found}`)).toEqual([{ orders: 1_001 }]);
  });

  test("builds again an index that was left half built", async () => {
    await migrate(url);
    await query("delete from kysely_migration where name > '0001-baseline'");
    await query("update pg_index set indisvalid = false where indexrelid = 'operations_undecided'::regclass");
    expect(await migrate(url)).toEqual(EXPANDING);
    const [index] = await query("select indisvalid from pg_index where indexrelid = 'operations_undecided'::regclass");
    expect(index).toEqual({ indisvalid: true });
  });

  test("leaves a database alone that a newer build has migrated", async () => {
    await migrate(url);
    await query("insert into kysely_migration (name, timestamp) values ('9999-newer', '2026-01-01T00:00:00.000Z')");
    expect(await migrate(url)).toEqual([]);
  });

  test("refuses a database of an unreleased version, says what to do, and changes nothing in it", async () => {
    await query("create table kysely_migration (name text primary key, timestamp text not null)");
    await query("insert into kysely_migration values ('0001-book', '2026-01-01T00:00:00.000Z')");
    const refused = migrate(url);
    await expect(refused).rejects.toThrow(UnsupportedDatabaseError);
    await expect(refused).rejects.toThrow(
      /unreleased version of Idem \(0001-book\): set DATABASE_URL to an empty database/,
    );
    expect(await tables()).toBe(1);
  });
});
