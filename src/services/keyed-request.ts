import type { Credential } from "../database/queries/api-keys.js";
import { idFromKey, type KeyScope } from "../idempotency/derived-ids.js";
import { type Fingerprint, fingerprintOf, sameDigest } from "../idempotency/fingerprint.js";
import type { Json } from "../idempotency/strict-json.js";
import type { Role } from "../domain/role.js";
import { ProblemError } from "../domain/problem-error.js";

export type { Credential };

/** Who asks: what a credential that only reads may read, it reads like an operator. */
export interface Principal {
  tenant: string;
  role: Exclude<Role, "support">;
  /** The id of the key that it came with; null for what a build before this one accepted. */
  keyId: string | null;
}

/** A keyed request that was read and not judged: what it makes, what it asks for, how it is validated. */
export interface KeyedRequest<T> {
  /** The id of what it makes, derived from its scope and key. */
  id: string;
  principal: Principal;
  /** The body as it was sent. */
  raw: Buffer;
  fingerprint: Fingerprint;
  /** Whether a stored fingerprint is of this very request, by the algorithm that made the stored one. */
  matches(stored: Fingerprint): boolean;
  /** The body by today's schema; throws a ProblemError. Called only after the look-up by key (K3). */
  validate(): T;
}

export function createKeyedRequest<T>(
  principal: Principal,
  scope: Omit<KeyScope, "tenant">,
  key: string,
  raw: Buffer,
  body: Json,
  validate: () => T,
): KeyedRequest<T> {
  const whole = { ...scope, tenant: principal.tenant };
  const fingerprint = fingerprintOf(whole, key, body);
  return {
    id: idFromKey(whole, key),
    principal,
    raw,
    fingerprint,
    matches({ version, digest }) {
      const ours = version === fingerprint.version ? fingerprint : fingerprintOf(whole, key, body, version);
      return sameDigest(digest, ours.digest);
    },
    validate,
  };
}

/** Same key, other intention: refused whatever became of the first, and revealing nothing of it (K5). */
export function keyReusedError(): ProblemError {
  return new ProblemError("idempotency-key-reused", "This Idempotency-Key was already used with a different request.");
}

export function orderPurgedError(): ProblemError {
  return new ProblemError("order-purged", "The order was purged after its retention time. Nothing was executed.");
}

export function notFoundError(): ProblemError {
  return new ProblemError("not-found", "There is no such resource.");
}
