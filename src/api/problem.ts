import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type ErrorCode, ProblemError, type RateLimit } from "../domain/problem-error.js";
import type { HttpEnv } from "./http-env.js";

interface Problem {
  status: ContentfulStatusCode;
  title: string;
}

/** Every refusal on the wire: the one place where a code meets an HTTP status. */
export const PROBLEMS: Record<ErrorCode, Problem> = {
  "malformed-json": { status: 400, title: "Malformed or ambiguous JSON" },
  "idempotency-key-missing": { status: 400, title: "Missing Idempotency-Key" },
  "idempotency-key-invalid": { status: 400, title: "Invalid Idempotency-Key" },
  "invalid-parameter": { status: 400, title: "Unknown or invalid parameter" },
  unauthorized: { status: 401, title: "Missing or invalid credential" },
  forbidden: { status: 403, title: "Not allowed for this credential" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "idempotency-key-reused": {
    status: 409,
    title: "This idempotency key was already used with a different request",
  },
  "reference-in-use": { status: 409, title: "Another order has this reference" },
  "order-not-cancellable": { status: 409, title: "The order can no longer be cancelled" },
  "address-fixed": { status: 409, title: "The address can no longer be changed" },
  "refund-exceeds-captured": { status: 409, title: "Refund exceeds the captured amount" },
  "not-awaiting-decision": { status: 409, title: "No decision is pending" },
  "nothing-to-resolve": { status: 409, title: "Nothing to resolve" },
  "stock-below-reserved": { status: 409, title: "Quantity is below what orders have reserved" },
  "webhook-endpoint-limit": { status: 409, title: "This tenant has as many webhook endpoints as it may have" },
  "order-purged": { status: 410, title: "The order was purged" },
  "payload-too-large": { status: 413, title: "The request body is too large" },
  "unsupported-media-type": { status: 415, title: "The request body is not application/json" },
  "invalid-request": { status: 422, title: "Invalid request" },
  "rate-limited": { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Internal error" },
  unavailable: { status: 503, title: "Service temporarily unavailable" },
};

/** At most so many issues are reported. */
const ISSUES_SHOWN = 20;

/** The problem document of whatever was thrown; an unexpected error shows its request id and nothing more. */
export function problemOf(thrown: unknown, publicUrl: string, requestId: string) {
  const error = toProblemError(thrown);
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `${publicUrl}/problems/${error.code}`,
    code: error.code,
    title,
    status,
    detail: error.message,
    requestId,
    ...(error.order !== null && { links: { order: error.order } }),
    ...(error.code === "invalid-request" && { errors: error.issues.slice(0, ISSUES_SHOWN) }),
  };
}

export function renderProblem(c: Context<HttpEnv>, publicUrl: string, thrown: unknown): Response {
  const error = toProblemError(thrown);
  const problem = problemOf(error, publicUrl, c.get("requestId"));
  const { status } = problem;
  c.set("problem", error.code);
  c.header("Content-Type", "application/problem+json");
  if (error.code === "idempotency-key-missing") c.header("Link", `</problems/${error.code}>; rel="help"`);
  if (error.order !== null) c.header("Link", `<${error.order}>; rel="related"`);
  if (error.code === "unauthorized") c.header("WWW-Authenticate", "Bearer");
  if (error.retryAfterSeconds !== null) c.header("Retry-After", String(error.retryAfterSeconds));
  if (error.limit) setRateLimit(c, error.limit, error.retryAfterSeconds);
  return c.body(JSON.stringify(problem), status);
}

/** draft-ietf-httpapi-ratelimit-headers-10: the quota and its window, what remains and until when. */
function setRateLimit(c: Context, { policy, quota, windowSeconds }: RateLimit, seconds: number | null): void {
  c.header("RateLimit-Policy", `"${policy}";q=${quota}${windowSeconds === null ? "" : `;w=${windowSeconds}`}`);
  c.header("RateLimit", `"${policy}";r=0${seconds === null ? "" : `;t=${seconds}`}`);
}

function toProblemError(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  return new ProblemError(
    "internal",
    "Our logs have the details under the request id. You may retry with the same key.",
  );
}
