import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Session } from "../pool.js";
import type { Tables } from "../schema.js";

export interface Credential {
  tenant: string;
  role: "merchant" | "operator";
}

/** Keys are random and long, so a plain digest keeps them; the key itself is never stored. */
export function hashApiKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** Whose key has this hash; null for an unknown or revoked one. Read on every request, so that a revocation counts at once. */
export async function findCredential(session: Session, hash: Buffer): Promise<Credential | null> {
  const [found] = await session.query<Credential>(
    "select tenant, role from api_keys where hash = $1 and revoked_at is null",
    [hash],
  );
  return found ?? null;
}

export async function addApiKey(db: Kysely<Tables>, key: string, credential: Credential): Promise<void> {
  await db
    .insertInto("api_keys")
    .values({ hash: hashApiKey(key), ...credential, revoked_at: null })
    .execute();
}

/** Returns whether there was such a key. */
export async function revokeApiKey(db: Kysely<Tables>, key: string): Promise<boolean> {
  const revoked = await db
    .updateTable("api_keys")
    .set({ revoked_at: sql<Date>`now()` })
    .where("hash", "=", hashApiKey(key))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return revoked.numUpdatedRows === 1n;
}
