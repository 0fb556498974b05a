import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { connect, type Database } from "../../src/database/database.js";
import { keepEra } from "../../src/database/event-era.js";
import { migrate } from "../../src/database/migrate.js";
import { readFeedAfter } from "../../src/database/queries/feed-page.js";
import { createDatabase } from "../rig/database.js";
import { waitFor } from "../rig/wait-for.js";

let made: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
beforeAll(async () => {
  made = await createDatabase(inject("engines").databaseUrl);
  await migrate(made.url);
  database = connect(made.url, { connections: 4 });
  await keepEra(database);
});
afterAll(async () => {
  await database.close();
  await made.drop();
});

async function query(text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: made.url });
  await client.connect();
  await client.query(text, values).finally(() => client.end());
}

const ORDER = `ord_${"a".repeat(32)}`;

const record = (id: number) =>
  query(
    `insert into order_events (order_id, id, type, actor, data, tenant, status)
     values ($1, $2, 'run.taken_over', 'system', '{}', 'acme', 'confirmed')`,
    [ORDER, id],
  );

/** The feed, once it shows so many: what others write on the same server holds it back. */
const feedOf = (count: number) =>
  waitFor(`${count} events`, async () => {
    const events = await readFeedAfter(database.session, "acme", null, 10);
    return events.length >= count ? events : null;
  });

test("events that are recorded after a restore come after all that was restored, whatever their transactions' ids", async () => {
  await query(
    `insert into orders (id, tenant, fingerprint, fingerprint_version, request_body, body_version, currency, total, payment_status, policy)
     values ($1, 'acme', '', 1, '{}', 1, 'EUR', 0, 'none', '{}')`,
    [ORDER],
  );
  await record(1);
  const [first] = await feedOf(1);
  expect(first).toMatchObject({ id: `evt_${"a".repeat(32)}_1_1`, place: { era: 1 } });

  // The server of the backup had given far higher ids.
  await query("update order_events set tx = '900000000000'");
  await query("update event_marks set server = $1, tx = '900000000000'", [randomUUID()]);
  await Promise.all([keepEra(database), keepEra(database), keepEra(database)]);
  await record(2);
  const events = await feedOf(2);
  expect(events.map(({ id, place }) => [id.slice(-3), place.era])).toEqual([
    ["1_1", 1],
    ["2_2", 2],
  ]);
  expect(await readFeedAfter(database.session, "acme", events[0]?.place ?? null, 10)).toHaveLength(1);
});
