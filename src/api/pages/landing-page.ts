import { escapeHtml, page } from "./page.js";

export interface Links {
  publicUrl: string;
  temporalUi: string;
  mailbox: string | null;
}

/** What a person sees who opens the address of the API. */
export function landingPage({ publicUrl, temporalUi, mailbox }: Links): string {
  const link = (url: string, label: string, what: string) =>
    `<tr><td><a href="${escapeHtml(url)}">${label}</a></td><td>${what}</td></tr>`;
  return page(
    "Idem",
    `<h1>Idem</h1>
<p>Submit an order as often as you like; it happens once: one order, one charge, one email of each type, one shipment.</p>
<table>
${link("/docs", "Reference", "every route, header and problem, and the timeline's events")}
${link("/openapi.json", "OpenAPI", "the same as a document for programs")}
${link(temporalUi, "Temporal UI", "every order's run: its steps, its status and what it waits for")}
${mailbox === null ? "" : link(mailbox, "Mailbox", "the emails that the simulated customers received")}
${link("/readyz", "Readiness", "PostgreSQL, Temporal, workers")}
</table>
<h2>Submit an order twice</h2>
<pre>curl -i ${escapeHtml(publicUrl)}/v1/orders \\
  -H 'Authorization: Bearer &lt;api key&gt;' \\
  -H 'Idempotency-Key: a-key-of-your-own-1' \\
  -H 'Content-Type: application/json' \\
  -d '{"currency":"EUR","customer":{"email":"ada@example.com","name":"Ada"},
       "shipTo":{"line1":"1 High St","city":"London","country":"GB"},
       "lines":[{"sku":"MUG-1","quantity":2,"unitPrice":1250}],"total":2500,
       "payment":{"method":"pm_card_visa"}}'</pre>
<p class="soft">The second response has the same bytes, and the header <code>Idempotent-Replayed: true</code>.</p>`,
  );
}
