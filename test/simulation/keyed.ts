import { createKeyedRequest, type KeyedRequest } from "../../src/services/keyed-request.js";
import type { KeyScope } from "../../src/idempotency/derived-ids.js";
import type { Json } from "../../src/idempotency/strict-json.js";
import { TENANT } from "./scenario.js";

/** A request with a key, as the API reads it from a valid body. */
export function keyed<T extends object>(
  operation: KeyScope["operation"],
  parentId: string,
  role: "merchant" | "operator",
  key: string,
  body: T,
): KeyedRequest<T> {
  const principal = { tenant: TENANT, role, keyId: null };
  return createKeyedRequest(principal, { operation, parentId }, key, Buffer.alloc(0), { ...body } as Json, () => body);
}
