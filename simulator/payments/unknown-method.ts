import { type HttpResponse, notExecuted } from "../http-response.js";
import { badRequest } from "./stripe-errors.js";
import { testCard } from "./test-cards.js";

export function unknownMethod(method: string | undefined): HttpResponse | null {
  if (method === undefined || testCard(method)) return null;
  const detail = { code: "resource_missing", param: "payment_method" };
  return notExecuted(badRequest(`No such PaymentMethod: '${method}'`, detail));
}
