import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** No scripts and nothing from other hosts; a message may use inline styles and inlined images. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6878; --line: #dfe3e8; --ground: #f6f7f9; --card: #fff; --accent: #2456c7; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b4; --line: #333c48; --ground: #14181e; --card: #1c222a; --accent: #8ab0ff; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { border-bottom: 1px solid var(--line); background: var(--card); }
header nav, main { max-width: 72rem; margin: 0 auto; padding: .8rem 1.2rem; }
header nav { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; align-items: baseline; }
header strong { margin-right: auto; }
a { color: var(--accent); }
h1 { font-size: 1.5rem; margin: 1rem 0 .5rem; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.2rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .85rem; color: var(--soft); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
td.amount, th.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.time { white-space: nowrap; }
td.ids code { display: block; }
td.ids code + code { color: var(--soft); }
code, pre { font: .88em ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 22rem; border: 1px solid var(--line); border-radius: .6rem; background: #fff; }
form.choices { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.2rem; }
button { font: inherit; font-weight: 600; padding: .65rem 1.2rem; border-radius: .5rem; border: 1px solid var(--accent); background: var(--accent); color: var(--card); cursor: pointer; }
button.bad { background: transparent; border-color: var(--bad); color: var(--bad); }
`;

export function layout(title: string, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · simulated providers</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <nav>
            <strong>Simulated providers</strong>
            <a href="/">Overview</a> <a href="/mailbox">Mailbox</a> <a href="/payments">Payments</a>
            <a href="/deliveries">Shipments</a>
          </nav>
        </header>
        <main>${body}</main>
      </body>
    </html>`;
}

/** `1250 eur` -> `12.50 EUR`, by the currency's own decimals. */
export function money(amount: number, currency: string): string {
  const code = currency.toUpperCase();
  const digits =
    new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits ?? 2;
  // Stripe counts hundredths where the currency has none.
  const places = code === "ISK" || code === "UGX" ? 2 : digits;
  return `${(amount / 10 ** places).toFixed(digits)} ${code}`;
}

export function clock(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace("T", " ").slice(0, 19);
}
