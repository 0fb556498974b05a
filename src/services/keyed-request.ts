import { type Fingerprint, fingerprintOf, sameDigest } from "../idempotency/fingerprint.js";
import { idFromKey, type KeyScope } from "../idempotency/derived-ids.js";
import type { Json } from "../idempotency/strict-json.js";
import { Refusal } from "../domain/problem-error.js";
import type { Actor } from "../domain/timeline.js";

/** Who asks, as the credential says. */
export interface Caller {
  tenant: string;
  role: "merchant" | "operator";
}

/** A keyed request that was read and not yet judged: what it is called, what it asks, how it is checked. */
export interface Intention<T> {
  /** The id of what it makes, derived from its scope and key. */
  id: string;
  actor: Actor;
  tenant: string;
  /** The body as it was sent. */
  raw: Buffer;
  fingerprint: Fingerprint;
  /** Whether a stored fingerprint is of this very request, by the algorithm that made the stored one. */
  matches(stored: Fingerprint): boolean;
  /** The body by today's schema; throws a Refusal. Asked only after the look-up by key. */
  validate(): T;
}

export function formIntention<T>(
  caller: Caller,
  scope: Omit<KeyScope, "tenant">,
  key: string,
  raw: Buffer,
  body: Json,
  validate: () => T,
): Intention<T> {
  const whole = { ...scope, tenant: caller.tenant };
  const fingerprint = fingerprintOf(whole, key, body);
  return {
    id: idFromKey(whole, key),
    actor: caller.role,
    tenant: caller.tenant,
    raw,
    fingerprint,
    matches({ version, digest }) {
      const ours = version === fingerprint.version ? fingerprint : fingerprintOf(whole, key, body, version);
      return sameDigest(digest, ours.digest);
    },
    validate,
  };
}

/** Same key, other intention: refused, whatever became of the first, and nothing of it is told (K5). */
export function reused(): Refusal {
  return new Refusal("idempotency-key-reused", "This Idempotency-Key was used with another request.");
}

export function purged(): Refusal {
  return new Refusal("order-purged", "This order was purged after its retention time. Nothing was executed.");
}

export function unknownOrder(): Refusal {
  return new Refusal("not-found", "There is no such resource.");
}
