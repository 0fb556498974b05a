import { type Answer, notExecuted } from "../http-response.js";
import { badRequest } from "./stripe-answer.js";
import { testCard } from "./test-cards.js";

export function unknownMethod(method: string | undefined): Answer | null {
  if (method === undefined || testCard(method)) return null;
  const detail = { code: "resource_missing", param: "payment_method" };
  return notExecuted(badRequest(`No such PaymentMethod: '${method}'`, detail));
}
