import type { Child } from "hono/jsx";
import type { Problem } from "../client/index.js";
import type { ConsoleDeps } from "./console-deps.js";
import { assetPath } from "./assets.js";
import type { Session } from "./session.js";
import { type Notice, NOTICES, plain } from "./words.js";

export type Section = "orders" | "inbox" | "stock" | "webhooks" | "keys" | "health" | "try";

const SECTIONS: Record<Section, string> = {
  orders: "Orders",
  inbox: "Inbox",
  stock: "Stock",
  webhooks: "Webhooks",
  keys: "API keys",
  health: "Health",
  try: "Try it",
};

const HOMES: Record<Section, string> = {
  orders: "/console",
  inbox: "/console/attentions",
  stock: "/console/stock",
  webhooks: "/console/webhooks",
  keys: "/console/keys",
  health: "/console/health",
  try: "/console/try",
};

interface Frame {
  title: string;
  section: Section | null;
  session: Session | null;
  notice: Notice | null;
  problem: Problem | null;
  children: Child;
}

/** Every page of the console: its place, what was done or refused, and its content. */
export function Layout({ deps, title, section, session, notice, problem, children }: Frame & { deps: ConsoleDeps }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Idem`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetPath("console.css", deps.version)} />
        <script type="module" src={assetPath("console.js", deps.version)} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href="/console">
            Idem
          </a>
          {session && (
            <nav aria-label="Console">
              {(Object.keys(SECTIONS) as Section[])
                .filter((one) => one !== "try" || deps.demo !== null)
                .map((one) => (
                  <a href={HOMES[one]} aria-current={one === section ? "page" : undefined}>
                    {SECTIONS[one]}
                  </a>
                ))}
            </nav>
          )}
          {session && (
            <form class="who" method="post" action="/console/sign-out">
              <a href="/console/sign-in" title="Add a key of another role">
                {session.tenant}
                <small>{session.roles.join(", ")}</small>
              </a>
              <button class="quiet">Sign out</button>
            </form>
          )}
        </header>
        <main id="content" tabindex={-1}>
          <p id="connection" class="box warn" role="status" hidden>
            The connection is lost. This page goes on by itself once the service answers.
          </p>
          {notice && (
            <p class="box good" role="status">
              {NOTICES[notice]}
            </p>
          )}
          {problem && <Refused problem={problem} />}
          {children}
        </main>
        <footer>
          <a href="/">Idem {deps.version}</a> · <a href="/guides">Guides</a> · <a href="/docs">Reference</a>
        </footer>
      </body>
    </html>
  );
}

/** What the service says about a request that it refused, or of which it does not know what became. */
function Refused({ problem }: { problem: Problem }) {
  const { title, detail, errors = [], links, requestId, code } = problem;
  return (
    <div class="box bad" role="alert" tabindex={-1}>
      <strong>{title}.</strong> {detail}
      {errors.length > 0 && (
        <ul>
          {errors.map(({ pointer, message }) => (
            <li>
              <code>{pointer || "/"}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {links && (
        <p>
          <a href={links.order.replace("/v1/", "/console/")}>The order that has it</a>
        </p>
      )}
      <p class="soft">
        <a href={`/problems/${code}`}>What this means</a> · request <code>{requestId}</code>
      </p>
    </div>
  );
}

export function Status({ value }: { value: string }) {
  return <span class={`status ${value}`}>{plain(value)}</span>;
}

export function Time({ at }: { at: string | null }) {
  if (at === null) return <span class="soft">never</span>;
  return <time datetime={at}>{at.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>;
}

interface NextPageProps {
  path: string;
  query: URLSearchParams;
  cursor: string | null;
  label?: string;
}

/** A link to the next page of a list, with what the address asked for. */
export function NextPage({ path, query, cursor, label = "Next page" }: NextPageProps) {
  if (cursor === null) return null;
  const next = new URLSearchParams(query);
  next.set("cursor", cursor);
  next.delete("notice");
  return (
    <p>
      <a class="button" href={`${path}?${next.toString()}`} rel="next">
        {label}
      </a>
    </p>
  );
}
