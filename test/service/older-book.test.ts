import { createHash } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { claimOrder, type NewOrder } from "../../src/database/accepted-orders.js";
import { takeDueLooks } from "../../src/database/due-polls.js";
import { migrateBook } from "../../src/database/migrate.js";
import { openBook } from "../../src/database/pool.js";
import { createDatabase } from "../rig/database.js";

const ID = `ord_${"b".repeat(32)}`;
const SHIPMENT = `shp_${"b".repeat(32)}`;

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: pg.Client;

/** A book with an order that waits for its shipment, as it stood before it knew when to look. */
beforeAll(async () => {
  database = await createDatabase(inject("engines").databaseUrl);
  await migrateBook(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await accept();
  await client.query("update orders set status = 'confirmed', run_id = 'run' where id = $1", [ID]);
  await client.query(
    `insert into shipments (id, order_id, warehouse, position, status, lines, share, requested_at)
     values ($1, $2, 'main', 1, 'requested', '[]', 1250, now() - interval '3 days')`,
    [SHIPMENT, ID],
  );
  await client.query("alter table shipments drop column look_at; alter table orders drop column look_at");
  await client.query("delete from kysely_migration where name = '0003-looks'");
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function accept(): Promise<void> {
  const book = openBook(database.url, 1);
  await claimOrder(book, {
    ...{ id: ID, tenant: "acme", reference: null, currency: "EUR", total: 1250, raw: Buffer.from("{}") },
    fingerprint: { version: 1, digest: createHash("sha256").update(ID).digest() },
    policy: {} as NewOrder["policy"],
  });
  await book.close();
}

test("what waits for its shipment in an older book is looked at once it is migrated, and an hour later again (E8)", async () => {
  expect(await migrateBook(database.url)).toEqual(["0003-looks"]);
  const book = openBook(database.url, 1);
  const looks = [await takeDueLooks(book.db, 10), await takeDueLooks(book.db, 10)];
  await book.close();
  expect(looks).toMatchObject([[{ about: "shipment", id: SHIPMENT, orderId: ID, status: "requested" }], []]);
  const { rows } = await client.query("select extract(epoch from look_at - now())::integer as seconds from shipments");
  expect(rows[0]?.seconds).toBeGreaterThan(3_500);
  expect(rows[0]?.seconds).toBeLessThanOrEqual(3_600);
});
