import { type HttpResponse, jsonResponse } from "../http-response.js";
import { type StripeContext, showIntent } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import { badRequest } from "./stripe-errors.js";
import { type StripeForm, text } from "./stripe-form.js";

const METADATA = /metadata\[["']([^"']+)["']\]\s*:\s*["']([^"']*)["']/g;
const STATUS = /(?<!\w)status\s*:\s*["'](\w+)["']/g;
const RESULT_LIMIT = 100;

/** Stripe's search, whose index lags: younger payments are not found yet. */
export function searchPayments(stripe: StripeContext, params: StripeForm): HttpResponse {
  const query = text(params, "query") ?? "";
  const metadata = [...query.matchAll(METADATA)].map(([, name = "", value = ""]) => ({ name, value }));
  const statuses = [...query.matchAll(STATUS)].map(([, status]) => status);
  if (metadata.length === 0 && statuses.length === 0) {
    return badRequest("We were unable to parse your search query.", { param: "query" });
  }
  const horizon = Date.now() - stripe.state.config.searchLagMs;
  const found = candidates(stripe, searchedOrder(query)).filter(
    ({ intent, createdMs }) =>
      createdMs <= horizon &&
      metadata.every(({ name, value }) => intent.metadata[name] === value) &&
      (statuses.length === 0 || statuses.includes(intent.status)),
  );
  const newest = found.slice(-RESULT_LIMIT).reverse();
  return jsonResponse(200, {
    object: "search_result",
    url: "/v1/payment_intents/search",
    has_more: false,
    next_page: null,
    data: newest.map((payment) => showIntent(stripe, payment, params)),
  });
}

export function searchedOrder(query: string): string | null {
  return [...query.matchAll(METADATA)].find(([, name]) => name === "orderId")?.[2] ?? null;
}

function candidates(stripe: StripeContext, order: string | null): readonly Payment[] {
  return order === null ? stripe.store.payments : stripe.store.of(order);
}
