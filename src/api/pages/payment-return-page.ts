import { page } from "./page.js";

/** What a customer sees who comes back from the bank to an order that names no page of the shop's. */
export function paymentReturnPage(confirmed: boolean): string {
  return confirmed
    ? page(
        "Thank you",
        '<h1>Thank you</h1>\n<p>Your bank has confirmed the payment. The shop goes on with your order and writes to you by email.</p>\n<p class="soft">You can close this page.</p>',
      )
    : page(
        "Payment not confirmed",
        "<h1>The payment was not confirmed</h1>\n<p>Your bank has not confirmed the payment, and nothing was charged. Go back to the shop to try again.</p>",
      );
}
