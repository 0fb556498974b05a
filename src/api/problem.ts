import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BookUnavailable } from "../database/pool.js";
import { Refusal, type RefusalCode } from "../domain/problem-error.js";
import type { HttpEnv } from "./http-env.js";

interface Problem {
  status: ContentfulStatusCode;
  title: string;
}

/** Every refusal on the wire: the one place where a code meets an HTTP status. */
export const PROBLEMS: Record<RefusalCode, Problem> = {
  "malformed-json": { status: 400, title: "The body is not JSON that can be read one way only" },
  "idempotency-key-missing": { status: 400, title: "The Idempotency-Key header is missing" },
  "idempotency-key-invalid": { status: 400, title: "The Idempotency-Key header is not a key" },
  "invalid-parameter": { status: 400, title: "A parameter is unknown or out of range" },
  unauthorized: { status: 401, title: "The credential is missing or not valid" },
  forbidden: { status: 403, title: "The credential may not do this" },
  "not-found": { status: 404, title: "There is no such resource" },
  "method-not-allowed": { status: 405, title: "The resource does not know this method" },
  "idempotency-key-reused": { status: 409, title: "The key was used with another request" },
  "order-not-cancellable": { status: 409, title: "The order can no longer be cancelled" },
  "refund-exceeds-captured": { status: 409, title: "More than was captured cannot be refunded" },
  "not-awaiting-decision": { status: 409, title: "The order does not wait for a decision" },
  "nothing-to-resolve": { status: 409, title: "Nothing waits for a resolution" },
  "stock-below-reserved": { status: 409, title: "Orders have reserved more than this" },
  "order-purged": { status: 410, title: "The order was purged" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is not application/json" },
  "invalid-request": { status: 422, title: "The request is not valid" },
  "rate-limited": { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong here" },
  unavailable: { status: 503, title: "The service cannot answer now" },
};

/** At most so many faults are told. */
const FAULTS_SHOWN = 20;
const RETRY_AFTER_UNAVAILABLE_S = 2;

/** Renders whatever was thrown; what nobody foresaw shows its request id and nothing more. */
export function renderProblem(c: Context<HttpEnv>, publicUrl: string, error: unknown): Response {
  const refusal = toRefusal(error);
  const { status, title } = PROBLEMS[refusal.code];
  const problem = {
    type: `${publicUrl}/problems/${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    requestId: c.get("requestId"),
    ...(refusal.code === "invalid-request" && { errors: refusal.faults.slice(0, FAULTS_SHOWN) }),
  };
  c.set("problem", refusal.code);
  c.header("Content-Type", "application/problem+json");
  if (refusal.code === "idempotency-key-missing") c.header("Link", `</problems/${refusal.code}>; rel="help"`);
  if (refusal.code === "unauthorized") c.header("WWW-Authenticate", "Bearer");
  if (refusal.retryAfterSeconds !== null) c.header("Retry-After", String(refusal.retryAfterSeconds));
  return c.body(JSON.stringify(problem), status);
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof BookUnavailable) {
    return new Refusal(
      "unavailable",
      "The order book cannot be reached. Whether the request was accepted is not known; the same key tells.",
      { retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_S },
    );
  }
  return new Refusal("internal", "The request id names what went wrong in our logs. The same key may be tried again.");
}
