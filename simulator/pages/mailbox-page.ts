import { html } from "hono/html";
import type { KeptMail, MailStore } from "../mailbox/mail-store.js";
import { clock, layout, type Markup } from "./page-layout.js";

export function mailboxPage({ mails }: MailStore): Markup {
  const newest = [...mails.all()].reverse();
  return layout(
    "Mailbox",
    html`<h1>Mailbox</h1>
      ${newest.length === 0 ? EMPTY : table(newest)}`,
  );
}

export function mailPage(mail: KeptMail): Markup {
  return layout(
    mail.subject ?? "Message",
    html`<h1>${mail.subject ?? "(no subject)"}</h1>
      <div class="card">
        <dl>
          <dt>From</dt>
          <dd>${mail.from}</dd>
          <dt>To</dt>
          <dd>${mail.to.join(", ")}</dd>
          <dt>Received</dt>
          <dd>${clock(mail.time)} UTC</dd>
          <dt>Message-ID</dt>
          <dd><code>${mail.messageId ?? "none"}</code></dd>
        </dl>
      </div>
      <h2>Text</h2>
      <div class="card"><pre>${mail.text === "" ? "(no text part)" : mail.text}</pre></div>
      ${mail.html === null ? "" : htmlPart(mail.html)}
      <h2>Headers</h2>
      <div class="card">
        <dl>
          ${mail.headers.map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd><code>${value}</code></dd>`,
          )}
        </dl>
      </div>`,
  );
}

const EMPTY = html`<p class="soft">No mail yet.</p>`;

/** Sandboxed: a message may neither run anything nor move this page; its links open elsewhere. */
function htmlPart(part: string): Markup {
  const framed = `<base target="_blank">${part}`;
  return html`<h2>HTML</h2>
    <iframe title="HTML part" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${framed}"></iframe>`;
}

function table(mails: readonly KeptMail[]): Markup {
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
        ${mails.map(
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
