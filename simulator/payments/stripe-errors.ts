import { type HttpResponse, jsonResponse } from "../http-response.js";

export type StripeErrorType =
  | "api_error"
  | "card_error"
  | "idempotency_error"
  | "invalid_request_error"
  | "rate_limit_error";

export interface StripeErrorDetail {
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  doc_url?: string;
  payment_intent?: object;
  payment_method?: object;
}

export function stripeError(
  status: number,
  type: StripeErrorType,
  message: string,
  detail: StripeErrorDetail = {},
): HttpResponse {
  return jsonResponse(status, { error: { type, message, ...detail } });
}

export function badRequest(message: string, detail: StripeErrorDetail = {}): HttpResponse {
  return stripeError(400, "invalid_request_error", message, detail);
}

export function missing(what: string, id: string): HttpResponse {
  return stripeError(404, "invalid_request_error", `No such ${what}: '${id}'`, {
    code: "resource_missing",
    param: "id",
  });
}

export const stripeRefusals = {
  failed: () => stripeError(500, "api_error", "An unknown error occurred."),
  refused: () =>
    stripeError(400, "invalid_request_error", "This cannot be done with this payment.", {
      code: "not_allowed_on_this_payment",
    }),
  denied: (status: 401 | 403) => stripeError(status, "invalid_request_error", "The API key may not do this."),
  limited: (seconds: number) =>
    jsonResponse(
      429,
      { error: { type: "rate_limit_error", code: "rate_limit", message: "Too many requests." } },
      { "Retry-After": String(seconds), "Stripe-Should-Retry": "true" },
    ),
};
