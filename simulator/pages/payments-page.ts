import { html } from "hono/html";
import { orderOf, type Payment } from "../payments/payment-record.js";
import type { Simulation } from "../simulation.js";
import { clock, layout, type Markup, money } from "./page-layout.js";

const SHOWN = 200;

export function paymentsPage({ stripe }: Simulation): Markup {
  const newest = stripe.store.payments.slice(-SHOWN).reverse();
  return layout(
    "Payments",
    html`<h1>Payments</h1>
      ${newest.length === 0 ? EMPTY : table(newest)}`,
  );
}

const EMPTY = html`<p class="soft">None yet. Place an order, and its payment intent appears here.</p>`;

function table(payments: readonly Payment[]): Markup {
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th>Payment and order</th>
          <th>Status</th>
          <th class="amount">Amount</th>
          <th class="amount">Captured</th>
          <th class="amount">Refunded</th>
          <th>Created (UTC)</th>
        </tr>
      </thead>
      <tbody>
        ${payments.map(row)}
      </tbody>
    </table>
  </div>`;
}

function row(payment: Payment): Markup {
  const { id, status, amount, amount_received, currency, created } = payment.intent;
  const refunded = payment.charges.reduce((sum, charge) => sum + charge.amount_refunded, 0);
  return html`<tr>
    <td class="ids"><code>${id}</code><code>${orderOf(payment) ?? ""}</code></td>
    <td>${status === "requires_action" ? html`<a href="/customer/${id}">awaiting the customer</a>` : status}</td>
    <td class="amount">${money(amount, currency)}</td>
    <td class="amount">${money(amount_received, currency)}</td>
    <td class="amount">${money(refunded, currency)}</td>
    <td class="time">${clock(created)}</td>
  </tr>`;
}
