import { html } from "hono/html";
import type { Fault } from "../fault-script.js";
import type { Simulation } from "../simulation.js";
import { type Markup, layout } from "./page-layout.js";

export function landingPage({ world, desk, floor, mail }: Simulation): Markup {
  const shipments = [...floor.all()].length;
  return layout(
    "Overview",
    html`<h1>The outside world, simulated</h1>
      <p>
        A payment provider that speaks Stripe's API, a warehouse and a mail server in one process. Nothing here moves
        real money, goods or mail. Whatever would have happened is written into a ledger.
      </p>
      <div class="card">
        <dl>
          <dt><a href="/mailbox">Mailbox</a></dt>
          <dd>${mail.mails.all().length} messages kept</dd>
          <dt><a href="/payments">Payments</a></dt>
          <dd>${desk.book.payments.length} payment intents; a waiting buyer's page is linked from the list</dd>
          <dt><a href="/deliveries">Shipments</a></dt>
          <dd>
            ${shipments} taken, shipped after ${world.config.shipDelayMs / 1_000} s, delivered after
            ${world.config.deliverDelayMs / 1_000} s more
          </dd>
          <dt><a href="/_control/ledger?limit=100">Ledger</a></dt>
          <dd>every real effect, as JSON (newest 100)</dd>
          <dt>Webhooks</dt>
          <dd>
            ${world.config.webhookBase === null ? "sent nowhere" : html`sent to <code>${world.config.webhookBase}/webhooks/...</code>`}
          </dd>
        </dl>
      </div>
      <h2>Scripted faults in force</h2>
      ${faultTable(world.faults.inForce())}`,
  );
}

function faultTable(faults: readonly Fault[]): Markup {
  if (faults.length === 0) return html`<p class="soft">None: everybody behaves.</p>`;
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th>Fault</th>
          <th>Call</th>
          <th>Action</th>
          <th>Only for</th>
          <th>Left</th>
          <th>Struck</th>
        </tr>
      </thead>
      <tbody>
        ${faults.map(
          (fault) =>
            html`<tr>
              <td><code>${fault.id}</code></td>
              <td>${fault.op}</td>
              <td>${fault.action}</td>
              <td>${onlyFor(fault)}</td>
              <td>${fault.count < 0 ? "endless" : fault.count}</td>
              <td>${fault.hits}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function onlyFor({ order, amount, sku, to }: Fault): string {
  const named = Object.entries({ order, amount, sku, to }).filter(([, value]) => value !== undefined);
  return named.map(([name, value]) => `${name} ${String(value)}`).join(", ") || "anybody";
}
