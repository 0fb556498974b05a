import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

const ROWS_AT_ONCE = 500;

/**
 * What orders are found by. A customer's email is kept as a hash whose key is the tenant. The build before knows of none:
 * what it writes is hashed by the table, and so is a purge, whoever does it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create or replace function customer_email_hash(tenant text, email text) returns bytea
    language sql immutable parallel safe
    return substring(sha256(convert_to(tenant || E'\n' || lower(email collate "C"), 'UTF8')) from 1 for 16)`.execute(
    db,
  );
  // An email has none of the escapes that PostgreSQL refuses, and what is beside it does not count.
  await sql
    .raw(String.raw`create or replace function email_hash_of_order(tenant text, request_body bytea) returns bytea
    language sql immutable parallel safe
    return customer_email_hash(tenant, regexp_replace(convert_from(request_body, 'UTF8'),
      '\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^u])', '-', 'g')::json #>> '{customer,email}')`)
    .execute(db);
  await sql`create or replace function keep_email_hash() returns trigger language plpgsql as $$
    begin
      new.email_hash := email_hash_of_order(new.tenant, new.request_body);
      return new;
    end $$`.execute(db);
  await sql`alter table orders add column if not exists email_hash bytea`.execute(db);
  await sql`create or replace trigger orders_email_hash before insert on orders
    for each row when (new.email_hash is null) execute function keep_email_hash()`.execute(db);
  await sql`create or replace trigger orders_email_hash_purged before update of request_body on orders
    for each row when (new.request_body is null) execute function keep_email_hash()`.execute(db);
  await hashEarlierEmails(db);
  await createIndex(
    db,
    "orders_newest_of_email",
    sql`orders (tenant, email_hash, created_at desc, id desc) where email_hash is not null`,
  );
  await createIndex(db, "orders_last_updated", sql`orders (tenant, updated_at desc, id desc) where purged_at is null`);
  await createIndex(db, "orders_by_payment", sql`orders (payment_reference) where payment_reference is not null`);
  await createIndex(db, "refunds_by_reference", sql`refunds (provider_reference) where provider_reference is not null`);
  await createIndex(db, "shipments_by_tracking", sql`shipments (tracking_number) where tracking_number is not null`);
}

/** In steps that hold their rows for a moment each. */
async function hashEarlierEmails(db: Kysely<unknown>): Promise<void> {
  for (let last = ""; ;) {
    const { rows } = await sql<{ id: string }>`
      with step as (select id from orders where id > ${last} order by id limit ${ROWS_AT_ONCE}),
      hashed as (
        update orders set email_hash = email_hash_of_order(tenant, request_body) from step
        where orders.id = step.id and email_hash is null and request_body is not null
      )
      select max(id) as id from step having max(id) is not null`.execute(db);
    if (!rows[0]) return;
    last = rows[0].id;
  }
}
