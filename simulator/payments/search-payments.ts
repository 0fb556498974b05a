import { type Answer, answer } from "../http-response.js";
import { type PaymentDesk, showIntent } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import { badRequest } from "./stripe-answer.js";
import { type StripeForm, text } from "./stripe-form.js";

const METADATA = /metadata\[["']([^"']+)["']\]\s*:\s*["']([^"']*)["']/g;
const STATUS = /(?<!\w)status\s*:\s*["'](\w+)["']/g;
const RESULT_LIMIT = 100;

/** Stripe's search, as far as its index has come: what is younger than the lag is not found yet. */
export function searchPayments(desk: PaymentDesk, params: StripeForm): Answer {
  const query = text(params, "query") ?? "";
  const metadata = [...query.matchAll(METADATA)].map(([, name = "", value = ""]) => ({ name, value }));
  const statuses = [...query.matchAll(STATUS)].map(([, status]) => status);
  if (metadata.length === 0 && statuses.length === 0) {
    return badRequest("We were unable to parse your search query.", { param: "query" });
  }
  const horizon = Date.now() - desk.world.config.searchLagMs;
  const found = candidates(desk, searchedOrder(query)).filter(
    ({ intent, createdMs }) =>
      createdMs <= horizon &&
      metadata.every(({ name, value }) => intent.metadata[name] === value) &&
      (statuses.length === 0 || statuses.includes(intent.status)),
  );
  const newest = found.slice(-RESULT_LIMIT).reverse();
  return answer(200, {
    object: "search_result",
    url: "/v1/payment_intents/search",
    has_more: false,
    next_page: null,
    data: newest.map((payment) => showIntent(desk, payment, params)),
  });
}

export function searchedOrder(query: string): string | null {
  return [...query.matchAll(METADATA)].find(([, name]) => name === "orderId")?.[2] ?? null;
}

function candidates(desk: PaymentDesk, order: string | null): readonly Payment[] {
  return order === null ? desk.book.payments : desk.book.of(order);
}
