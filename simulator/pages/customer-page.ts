import { html } from "hono/html";
import type { Payment } from "../payments/payment-record.js";
import { layout, type Markup, money } from "./page-layout.js";

/** What a buyer meets when the bank wants to know them first. */
export function buyerPage({ intent, returnUrl }: Payment): Markup {
  const amount = money(intent.amount, intent.currency);
  return layout(
    "Buyer",
    html`<h1>Your bank asks: is it you?</h1>
      <div class="card">
        <p>A shop wants to take <strong>${amount}</strong> from your card. ${waiting(intent.status)}</p>
        ${intent.status === "requires_action" ? CHOICES : ""}
        ${intent.status !== "requires_action" && returnUrl !== null ? html`<p>The shop's page: <code>${returnUrl}</code></p>` : ""}
      </div>
      <p class="soft">Payment <code>${intent.id}</code>, status <code>${intent.status}</code></p>`,
  );
}

const CHOICES = html`<form class="choices" method="post">
  <button name="outcome" value="complete">Yes, authenticate the payment</button>
  <button class="bad" name="outcome" value="fail">No, fail it</button>
</form>`;

function waiting(status: Payment["intent"]["status"]): string {
  switch (status) {
    case "requires_action":
      return "The payment waits until you answer.";
    case "requires_capture":
    case "succeeded":
      return "You said yes, and the bank holds the money for the shop.";
    case "canceled":
      return "The shop has called the payment off.";
    default:
      return "The payment failed; no money was taken.";
  }
}

/** Back to the shop, told as Stripe tells it; null when the shop named no page of the web. */
export function shopUrl({ intent, returnUrl }: Payment): string | null {
  if (returnUrl === null || !URL.canParse(returnUrl)) return null;
  const url = new URL(returnUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const paid = intent.status === "requires_capture" || intent.status === "succeeded";
  url.searchParams.set("payment_intent", intent.id);
  url.searchParams.set("payment_intent_client_secret", intent.client_secret);
  url.searchParams.set("redirect_status", paid ? "succeeded" : "failed");
  return url.href;
}
