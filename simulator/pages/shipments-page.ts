import { html } from "hono/html";
import type { Simulation } from "../simulation.js";
import type { Shipment } from "../warehouse/shipment-record.js";
import { clock, layout, type Markup } from "./page-layout.js";

const SHOWN = 200;

export function shipmentsPage({ warehouse }: Simulation): Markup {
  const newest = [...warehouse.all()].slice(-SHOWN).reverse();
  return layout(
    "Shipments",
    html`<h1>Shipments</h1>
      ${newest.length === 0 ? EMPTY : table(newest)}`,
  );
}

const EMPTY = html`<p class="soft">None yet. A confirmed order's shipments appear here.</p>`;

function table(shipments: readonly Shipment[]): Markup {
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th>Shipment and order</th>
          <th>Warehouse</th>
          <th>Units</th>
          <th>Status</th>
          <th>Since (UTC)</th>
          <th>Tracking</th>
        </tr>
      </thead>
      <tbody>
        ${shipments.map(row)}
      </tbody>
    </table>
  </div>`;
}

function row({ id, orderId, warehouse, lines, status, reason, movedAt, carrier, trackingNumber }: Shipment): Markup {
  const units = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ");
  return html`<tr>
    <td class="ids"><code>${id}</code><code>${orderId}</code></td>
    <td>${warehouse ?? ""}</td>
    <td>${units}</td>
    <td>${status}${reason === null ? "" : ` (${reason})`}</td>
    <td class="time">${clock(movedAt / 1_000)}</td>
    <td>${trackingNumber === null ? "" : `${carrier ?? ""} ${trackingNumber}`}</td>
  </tr>`;
}
