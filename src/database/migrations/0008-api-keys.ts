import { type Kysely, sql } from "kysely";

/** A key for who only reads, and what an administrator knows keys by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table api_keys add column if not exists name text, add column if not exists expires_at timestamptz(3),
    add column if not exists last_used_at timestamptz(3)`.execute(db);
  await sql`alter table api_keys drop constraint if exists api_keys_role_check,
    add constraint api_keys_role_check check (role in ('merchant', 'operator', 'support'))`.execute(db);
}
