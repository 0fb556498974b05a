import { html } from "hono/html";
import type { Fault } from "../fault-script.js";
import type { Simulation } from "../simulation.js";
import { type Markup, layout } from "./page-layout.js";

export function landingPage({ state, stripe, warehouse, mailbox }: Simulation): Markup {
  const shipments = [...warehouse.all()].length;
  return layout(
    "Overview",
    html`<h1>Simulated providers</h1>
      <p>
        A payment provider that speaks Stripe's API, a warehouse and an email server in one process. Nothing here moves
        real money or units or sends real email. Every effect is recorded in a ledger.
      </p>
      <div class="card">
        <dl>
          <dt><a href="/mailbox">Mailbox</a></dt>
          <dd>${mailbox.emails.all().length} messages kept</dd>
          <dt><a href="/payments">Payments</a></dt>
          <dd>
            ${stripe.store.payments.length} payment intents; the list links to the page of each customer who must act
          </dd>
          <dt><a href="/deliveries">Shipments</a></dt>
          <dd>
            ${shipments} accepted, shipped after ${state.config.shipDelayMs / 1_000} s, delivered after
            ${state.config.deliverDelayMs / 1_000} s more
          </dd>
          <dt><a href="/_control/ledger?limit=100">Ledger</a></dt>
          <dd>every effect, as JSON (newest 100)</dd>
          <dt>Webhooks</dt>
          <dd>
            ${state.config.webhookBase === null ? "not sent" : html`sent to <code>${state.config.webhookBase}/webhooks/...</code>`}
          </dd>
        </dl>
      </div>
      <h2>Active faults</h2>
      ${faultTable(state.faults.active())}`,
  );
}

function faultTable(faults: readonly Fault[]): Markup {
  if (faults.length === 0) return html`<p class="soft">No faults active.</p>`;
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th>Fault</th>
          <th>Call</th>
          <th>Action</th>
          <th>Applies to</th>
          <th>Remaining</th>
          <th>Hits</th>
        </tr>
      </thead>
      <tbody>
        ${faults.map(
          (fault) =>
            html`<tr>
              <td><code>${fault.id}</code></td>
              <td>${fault.op}</td>
              <td>${fault.action}</td>
              <td>${appliesTo(fault)}</td>
              <td>${fault.count < 0 ? "unlimited" : fault.count}</td>
              <td>${fault.hits}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function appliesTo({ order, amount, sku, to }: Fault): string {
  const named = Object.entries({ order, amount, sku, to }).filter(([, value]) => value !== undefined);
  return named.map(([name, value]) => `${name} ${String(value)}`).join(", ") || "every call";
}
