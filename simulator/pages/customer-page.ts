import { html } from "hono/html";
import type { Payment } from "../payments/payment-record.js";
import { layout, type Markup, money } from "./page-layout.js";

/** The customer's page when the bank requires authentication. */
export function customerPage({ intent, returnUrl }: Payment): Markup {
  const amount = money(intent.amount, intent.currency);
  return layout(
    "Customer",
    html`<h1>Confirm the payment</h1>
      <div class="card">
        <p>A shop requests a payment of <strong>${amount}</strong> from your card. ${stateOf(intent.status)}</p>
        ${intent.status === "requires_action" ? CHOICES : ""}
        ${intent.status !== "requires_action" && returnUrl !== null ? html`<p>Return URL of the shop: <code>${returnUrl}</code></p>` : ""}
      </div>
      <p class="soft">Payment <code>${intent.id}</code>, status <code>${intent.status}</code></p>`,
  );
}

const CHOICES = html`<form class="choices" method="post">
  <button name="outcome" value="complete">Confirm the payment</button>
  <button class="bad" name="outcome" value="fail">Decline the payment</button>
</form>`;

function stateOf(status: Payment["intent"]["status"]): string {
  switch (status) {
    case "requires_action":
      return "The payment awaits your confirmation.";
    case "requires_capture":
    case "succeeded":
      return "You confirmed the payment, and the bank authorized it.";
    case "canceled":
      return "The shop has canceled the payment.";
    default:
      return "The payment failed; you have not been charged.";
  }
}

/** The shop's return URL with Stripe's query parameters; null when the shop gave no web URL. */
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
