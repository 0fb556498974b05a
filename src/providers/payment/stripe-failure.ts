import Stripe from "stripe";
import { ProviderError } from "../provider-error.js";
import { readText } from "./stripe-payment.js";

/** Codes of an answer that another request under this key is still in progress. */
const IN_PROGRESS = new Set(["idempotency_key_in_use", "lock_timeout"]);
/** Answers about our credential, account or use of keys; none of them is an answer to the request. */
const ABOUT_US = new Set([401, 403, 404]);

/**
 * What a failed call means. Stripe answers 409 while the same key is in progress, 429 before anything ran, 400 and 402
 * for good, 401, 403 and 404 when it does not know or trust us; everything else, a stored 500 included, leaves the
 * outcome open. Source: docs.stripe.com/error-low-level.
 */
export function toProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (!(error instanceof Stripe.errors.StripeError))
    return new ProviderError("unknown", "unreadable_answer", { cause: error });
  const status = error.statusCode ?? 0;
  const code = readText(error.code) ?? error.type;
  const reason = {
    declineCode: readText(error.decline_code),
    message: readText(error.message),
    requestId: readText(error.requestId),
  };
  const more = { reason, cause: error };
  if (IN_PROGRESS.has(code) || status === 409 || status === 408) return new ProviderError("unknown", code, more);
  if (ABOUT_US.has(status) || error.type === "StripeIdempotencyError")
    return new ProviderError("unauthorized", code, more);
  if (status === 429) {
    const seconds = Number(error.headers?.["retry-after"]);
    return new ProviderError("limited", code, { ...more, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) });
  }
  return new ProviderError(status >= 400 && status < 500 ? "rejected" : "unknown", code, more);
}

/** The payment that a refusal carries as its reason, where it carries one. */
export function intentOf(error: unknown): Stripe.PaymentIntent | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  return error.payment_intent ?? null;
}
