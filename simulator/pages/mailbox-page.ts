import { html } from "hono/html";
import type { StoredEmail, EmailStore } from "../mailbox/email-store.js";
import { clock, layout, type Markup } from "./page-layout.js";

export function mailboxPage({ emails }: EmailStore): Markup {
  const newest = [...emails.all()].reverse();
  return layout(
    "Mailbox",
    html`<h1>Mailbox</h1>
      ${newest.length === 0 ? EMPTY : table(newest)}`,
  );
}

export function emailPage(email: StoredEmail): Markup {
  return layout(
    email.subject ?? "Message",
    html`<h1>${email.subject ?? "(no subject)"}</h1>
      <div class="card">
        <dl>
          <dt>From</dt>
          <dd>${email.from}</dd>
          <dt>To</dt>
          <dd>${email.to.join(", ")}</dd>
          <dt>Received</dt>
          <dd>${clock(email.time)} UTC</dd>
          <dt>Message-ID</dt>
          <dd><code>${email.messageId ?? "none"}</code></dd>
        </dl>
      </div>
      <h2>Text</h2>
      <div class="card"><pre>${email.text === "" ? "(no text part)" : email.text}</pre></div>
      ${email.html === null ? "" : htmlPart(email.html)}
      <h2>Headers</h2>
      <div class="card">
        <dl>
          ${email.headers.map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd><code>${value}</code></dd>`,
          )}
        </dl>
      </div>`,
  );
}

const EMPTY = html`<p class="soft">No emails yet.</p>`;

/** Sandboxed: a message can neither run scripts nor navigate this page; its links open in a new tab. */
function htmlPart(part: string): Markup {
  const framed = `<base target="_blank">${part}`;
  return html`<h2>HTML</h2>
    <iframe title="HTML part" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${framed}"></iframe>`;
}

function table(emails: readonly StoredEmail[]): Markup {
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th>Received (UTC)</th>
          <th>To</th>
          <th>Subject</th>
        </tr>
      </thead>
      <tbody>
        ${emails.map(
          ({ seq, time, to, subject }) =>
            html`<tr>
              <td class="time">${clock(time)}</td>
              <td>${to.join(", ")}</td>
              <td><a href="/mailbox/${seq}">${subject ?? "(no subject)"}</a></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
