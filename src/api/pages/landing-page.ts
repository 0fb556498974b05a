import { escapeHtml, page } from "./page.js";
import { runQueries } from "./run-queries.js";

export interface Links {
  temporalUi: string;
  /** The runs of the Temporal UI that a query finds. */
  runs(query: string): string;
  mailbox: string | null;
  /** A command that submits an order, to be run twice. */
  firstRequest: string;
}

/** What a person sees who opens the address of the API. */
export function landingPage({ temporalUi, runs, mailbox, firstRequest }: Links): string {
  const link = (url: string, label: string, what: string) =>
    `<tr><td><a href="${escapeHtml(url)}">${label}</a></td><td>${what}</td></tr>`;
  return page(
    "Idem",
    `<h1>Idem</h1>
<p>Submit an order as often as you like; it happens once: one order, one charge, one email of each type, one shipment.</p>
<table>
${link("/console", "Console", "find orders, resolve what needs an operator, watch webhooks, keys and stock")}
${link("/guides", "Guides", "the first hour, concepts, guides for callers, support, operators and administrators")}
${link("/docs", "Reference", "every route, header and problem, and the timeline's events")}
${link("/openapi.json", "OpenAPI", "the same as a document for programs")}
${link(temporalUi, "Temporal UI", "every order's run: its steps, its status and what it waits for")}
${mailbox === null ? "" : link(mailbox, "Mailbox", "the emails that the simulated customers received")}
${link("/readyz", "Readiness", "PostgreSQL, Temporal, workers")}
</table>
<h2>Runs in the Temporal UI</h2>
<table>
${runQueries()
  .map(({ query, label, about }) => link(runs(query), label, about))
  .join("\n")}
</table>
<p class="soft">“Request Cancellation” there ends nothing: an order is cancelled in the <a href="/console">console</a>, or by <code>POST /v1/orders/{id}/cancel</code>.</p>
<h2>Submit an order twice</h2>
<pre>${escapeHtml(firstRequest)}</pre>
<p class="soft">The second response has the same bytes, and the header <code>Idempotent-Replayed: true</code>.</p>`,
  );
}
