import { randomBytes } from "node:crypto";
import {
  addApiKey,
  hashApiKey,
  keyIdOf,
  type KeptKey,
  listApiKeys,
  revokeApiKey,
} from "../database/queries/api-keys.js";
import { ProblemError } from "../domain/problem-error.js";
import { type Role, ROLES } from "../domain/role.js";
import { notFoundError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export type { KeptKey };

const FORM = /^idem_[A-Za-z0-9_-]{32}$/;

/** A new key. Only its hash is kept: whoever asks for it must store it. */
export function drawApiKey(): string {
  return `idem_${randomBytes(24).toString("base64url")}`;
}

type Deps = Pick<ServiceDeps, "database">;

/** The keys of a tenant that are kept in the order database, newest first; those of the environment are none of them. */
export async function readApiKeys({ database }: Deps, tenant: string): Promise<KeptKey[]> {
  return listApiKeys(database.session, tenant);
}

interface Wanted {
  tenant: string;
  /** What the key will be, from `drawApiKey`; the same again is the same key. */
  key: string;
  role: string;
  name: string | undefined;
  expiresAt: Date | null;
}

/** Keeps a key for a tenant. Throws a ProblemError for what cannot be one. */
export async function createApiKey({ database }: Deps, { tenant, key, role, name, expiresAt }: Wanted): Promise<void> {
  const issues = [
    ...(FORM.test(key) ? [] : [{ pointer: "/apiKey", message: "Must be one that Idem made" }]),
    ...(ROLES.includes(role as Role) ? [] : [{ pointer: "/role", message: `Must be one of ${ROLES.join(", ")}` }]),
    ...(name !== undefined && name.length <= 100
      ? []
      : [{ pointer: "/name", message: "Must have 1 to 100 characters" }]),
    ...(expiresAt === null || expiresAt.getTime() > Date.now()
      ? []
      : [{ pointer: "/expiresAt", message: "Must be a time that is still to come" }]),
  ];
  if (issues.length > 0) throw new ProblemError("invalid-request", "No key was made.", { issues });
  const wanted = { tenant, role: role as Role, name: name ?? null, expiresAt };
  if ((await addApiKey(database.session, key, wanted)) !== null) return;
  const id = keyIdOf(hashApiKey(key));
  const kept = (await listApiKeys(database.session, tenant)).find((one) => one.id === id);
  if (!kept || kept.revokedAt !== null || !isSame(kept, wanted))
    throw new ProblemError("idempotency-key-reused", "This form has made another key already.");
}

function isSame(one: Pick<KeptKey, "role" | "name" | "expiresAt">, other: typeof one): boolean {
  return one.role === other.role && one.name === other.name && one.expiresAt?.getTime() === other.expiresAt?.getTime();
}

/** Revokes a tenant's key by its id, effective from the next request. Once more changes nothing. */
export async function revokeTenantKey(
  { database }: Deps,
  { tenant, id }: { tenant: string; id: string },
): Promise<void> {
  const known = await listApiKeys(database.session, tenant);
  if (!known.some((one) => one.id === id)) throw notFoundError();
  await revokeApiKey(database.session, id);
}
