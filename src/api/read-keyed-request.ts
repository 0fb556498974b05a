import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { z } from "zod";
import { readIdempotencyKey } from "../idempotency/idempotency-key.js";
import type { KeyScope } from "../idempotency/derived-ids.js";
import { type Json, JsonFault, parseStrictJson } from "../idempotency/strict-json.js";
import { ProblemError } from "../domain/problem-error.js";
import { createKeyedRequest, type KeyedRequest } from "../services/keyed-request.js";
import { checkBody } from "./check-body.js";
import type { HttpEnv } from "./http-env.js";
import { BYTES_OF_ONE } from "./middleware/rate-limit.js";
import { inTurn } from "./tenant-turns.js";
import { readBody, requireJson } from "./read-body.js";

interface Keyed<T> {
  scope: Omit<KeyScope, "tenant">;
  schema: z.ZodType<T>;
  /** Whether no body at all counts as an empty object. */
  mayBeEmpty?: boolean;
}

/**
 * Reads a keyed request in the order that the contract fixes (K3): key, media type, size, strict JSON. What comes
 * after, parent order, look-up by key, validation and state, is the use case's, which gets validation as a question.
 */
export async function readKeyed<T>(
  c: Context<HttpEnv>,
  { scope, schema, mayBeEmpty = false }: Keyed<T>,
): Promise<KeyedRequest<T>> {
  const key = requireKey(c);
  const bare = mayBeEmpty && c.req.header("Content-Type") === undefined;
  if (!bare) requireJson(c);
  const raw = await readBody(c);
  const principal = c.get("principal");
  const parse = () => {
    const body = raw.length === 0 && mayBeEmpty ? {} : readJson(raw);
    if (bare && raw.length > 0) requireJson(c);
    return createKeyedRequest(principal, scope, key, raw, body, () => checkBody(schema, body));
  };
  return raw.length > BYTES_OF_ONE ? inTurn(principal.tenant, async () => parse()) : parse();
}

/** An unkeyed body: media type, size, strict JSON, schema. */
export async function readChecked<T>(c: Context<HttpEnv>, schema: z.ZodType<T>): Promise<T> {
  requireJson(c);
  return checkBody(schema, readJson(await readBody(c)));
}

function requireKey(c: Context): string {
  // Joined, two lines could spell one key; Node alone still knows that they were two.
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  const lines = incoming?.headersDistinct["idempotency-key"]?.length ?? 1;
  const read = lines > 1 ? { fault: "invalid" as const } : readIdempotencyKey(c.req.header("Idempotency-Key"));
  if ("key" in read) return read.key;
  if (read.fault === "missing") {
    throw new ProblemError(
      "idempotency-key-missing",
      "Send an Idempotency-Key header with a new key for each new action.",
    );
  }
  throw new ProblemError(
    "idempotency-key-invalid",
    "A key has 8 to 255 visible ASCII characters, bare or in double quotes.",
  );
}

function readJson(raw: Buffer): Json {
  try {
    return parseStrictJson(raw);
  } catch (error) {
    if (error instanceof JsonFault) throw new ProblemError("malformed-json", error.message);
    throw error;
  }
}
