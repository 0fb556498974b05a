import { createHash, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "./canonical-json.js";
import type { KeyScope } from "./derived-ids.js";
import { lengthPrefixed } from "./length-prefixed.js";
import type { Json } from "./strict-json.js";

/** What was asked, as bytes that differ when the intention differs. */
export interface Fingerprint {
  version: number;
  digest: Buffer;
}

type Algorithm = (scope: KeyScope, key: string, body: Json) => Buffer;

/** Versions are only ever added: a stored fingerprint is compared by the algorithm that made it. */
const ALGORITHMS: Record<number, Algorithm> = {
  1: (scope, key, body) =>
    createHash("sha256")
      .update("idem-fingerprint-1\n")
      .update(lengthPrefixed([scope.tenant, scope.operation, scope.parentId ?? "", key, canonicalJson(body)]))
      .digest(),
};

const CURRENT = 1;

export function fingerprintOf(scope: KeyScope, key: string, body: Json, version = CURRENT): Fingerprint {
  const algorithm = ALGORITHMS[version];
  if (!algorithm) throw new Error(`fingerprint version ${version} has no algorithm here`);
  return { version, digest: algorithm(scope, key, body) };
}

export function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
