import { createHash } from "node:crypto";
import type { Role } from "../../domain/role.js";
import type { Session } from "../pool.js";

export interface Credential {
  tenant: string;
  role: Role;
  /** An administrator's name for the key, which opens nothing. */
  keyId: string;
}

/** Keys are random and long, so a plain digest keeps them; the key itself is never stored. */
export function hashApiKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

const ID = "left(encode(hash, 'hex'), 12)";

/** The same of a key that is in no table. */
export const keyIdOf = (hash: Buffer): string => hash.toString("hex").slice(0, 12);

/** Whose key has this hash; null for one that is unknown, revoked or expired. Read on every request, so that both count at once. */
export async function findCredential(session: Session, hash: Buffer): Promise<Credential | null> {
  const [found] = await session.query<Credential>(
    `select tenant, role, ${ID} as "keyId" from api_keys
     where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
    [hash],
  );
  return found ?? null;
}

export async function validKeyHashes(session: Session): Promise<Buffer[]> {
  const rows = await session.query<{ hash: Buffer }>(
    "select hash from api_keys where revoked_at is null and (expires_at is null or expires_at > now())",
    [],
  );
  return rows.map(({ hash }) => hash);
}

export interface KeptKey extends Omit<Credential, "keyId"> {
  id: string;
  name: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute; null for never. */
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** Every key that was ever added, of one tenant or (null) of all, newest first. */
export function listApiKeys(session: Session, tenant: string | null): Promise<KeptKey[]> {
  return session.query<KeptKey & Record<string, unknown>>(
    `select ${ID} as id, tenant, role, name, created_at as "createdAt", expires_at as "expiresAt",
       last_used_at as "lastUsedAt", revoked_at as "revokedAt"
     from api_keys where $1::text is null or tenant = $1 order by created_at desc, hash`,
    [tenant],
  );
}

export interface NewKey extends Omit<Credential, "keyId"> {
  name: string | null;
  expiresAt: Date | null;
}

/** Keeps a key's hash; answers its id, null for a key that is kept already. */
export async function addApiKey(
  session: Session,
  key: string,
  { tenant, role, name, expiresAt }: NewKey,
): Promise<string | null> {
  const [row] = await session.query<{ id: string }>(
    `insert into api_keys (hash, tenant, role, name, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (hash) do nothing returning ${ID} as id`,
    [hashApiKey(key), tenant, role, name, expiresAt],
  );
  return row?.id ?? null;
}

/** Revokes the key of that id, or that key itself. Returns whether there was one that was not revoked. */
export async function revokeApiKey(session: Session, keyOrId: string): Promise<boolean> {
  const revoked = await session.query(
    `update api_keys set revoked_at = now() where (${ID} = $1 or hash = $2) and revoked_at is null returning hash`,
    [keyOrId, hashApiKey(keyOrId)],
  );
  return revoked.length > 0;
}

/** Notes that keys were used, those of the environment aside. */
export async function noteUse(session: Session, hashes: readonly Buffer[]): Promise<void> {
  await session.query("update api_keys set last_used_at = now() where hash = any($1)", [hashes]);
}
