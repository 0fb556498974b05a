import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../client/index.js";
import { ProblemError } from "../domain/problem-error.js";
import type { HttpEnv } from "../api/http-env.js";
import { problemOf } from "../api/problem.js";
import { readAsset } from "./assets.js";
import { BATCH_ACTIONS, batchPage, newBatchPage } from "./batch-page.js";
import { ApiRefusal } from "./console-api.js";
import type { ConsoleDeps } from "./console-deps.js";
import { ENDPOINT_ACTIONS, ENDPOINT_PAGES } from "./endpoints-page.js";
import { healthPage } from "./health-page.js";
import { KEY_ACTIONS, keysPage } from "./keys-page.js";
import { attentionPage, inboxPage, resolveAction } from "./inbox-page.js";
import { Layout, type Section } from "./layout.js";
import { ORDER_ACTIONS, orderPage } from "./order-page.js";
import { STOCK_ACTIONS, STOCK_PAGES } from "./stock-page.js";
import { press, TRY_ACTIONS, tryPage } from "./try-page.js";
import { searchPage } from "./search-page.js";
import { addToSession, endSession, openSession, type Session } from "./session.js";
import { SignInPage } from "./sign-in-page.js";
import type { ConsoleAction, ConsolePage, RefusedForm, View, Visit } from "./visit.js";
import { type Notice, NOTICES } from "./words.js";

const PAGES: readonly ConsolePage[] = [
  ...[searchPage, orderPage, inboxPage, attentionPage, newBatchPage, batchPage],
  ...[...STOCK_PAGES, ...ENDPOINT_PAGES, keysPage, healthPage, tryPage],
];
const ACTIONS: readonly ConsoleAction[] = [
  ...[...ORDER_ACTIONS, resolveAction, ...BATCH_ACTIONS],
  ...[...STOCK_ACTIONS, ...ENDPOINT_ACTIONS, ...KEY_ACTIONS, ...TRY_ACTIONS],
];

const BASE = "/console";
const SIGN_IN = `${BASE}/sign-in`;
const MOST_BYTES = 64 * 1024;
const YEAR = "public, max-age=31536000, immutable";

/**
 * The console: pages for people, rendered here and asked of the API with the keys of their session, so that it can do what
 * the API allows and nothing else. It reads without a script; forms carry idempotency keys.
 */
export function createConsole(deps: ConsoleDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const origin = new URL(deps.publicUrl).origin;

  app.use(secureHeaders(HEADERS));
  app.use(csrf({ origin: (from, c) => from === origin || from === new URL(c.req.url).origin }));
  app.use(bodyLimit({ maxSize: MOST_BYTES }));
  app.onError((error, c) => {
    const problem = toProblem(c, deps, error);
    if (problem.status >= 500) deps.onError(error, problem.requestId);
    return render(c, deps, { session: null, problem, view: TROUBLE });
  });

  app.get("/assets/:name", (c) => {
    const asset = readAsset(c.req.param("name"));
    if (!asset) throw new ProblemError("not-found", "There is no such resource.");
    // While releases roll, another build may answer for the address of this one.
    if (c.req.query("v") === deps.version) c.header("Cache-Control", YEAR);
    c.header("Content-Type", asset.type);
    return c.body(asset.bytes);
  });
  serveSignIn(app, deps);
  app.get("/orders/:id/events", async (c) => {
    const session = await openSession(c, deps);
    if (!session) return c.body(null, 401);
    const last = c.req.header("Last-Event-ID") ?? c.req.query("after") ?? "";
    const headers = { Accept: "text/event-stream", "Last-Event-ID": last };
    const path = `/v1/orders/${encodeURIComponent(c.req.param("id"))}/events`;
    try {
      const { method, raw } = c.req;
      return await session.api.read(path, "either", { method, headers, signal: raw.signal });
    } catch (error) {
      return c.body(null, toProblem(c, deps, error).status as ContentfulStatusCode);
    }
  });
  app.post("/try/press", async (c) => {
    const session = await openSession(c, deps);
    if (!session) return c.body(null, 401);
    const form = await readForm(c);
    return c.json(await press({ session, params: {}, form, key: form.get("key") ?? "" }, deps));
  });
  for (const page of PAGES) app.get(within(page.path), (c) => showPage(c, deps, page));
  for (const action of ACTIONS) {
    app.post(within(action.path), (c) => act(c, deps, action));
    // The address of a form that came back refused, opened again.
    app.get(within(action.path), (c) => c.redirect(filled(action.page.path, c.req.param()), 303));
  }
  app.get("/*", async (c) => {
    const { pathname } = new URL(c.req.url);
    if (pathname.endsWith("/")) return c.redirect(pathname.replace(/\/+$/, ""), 301);
    const session = await openSession(c, deps);
    const problem = toProblem(c, deps, new ProblemError("not-found", "There is no such page."));
    return render(c, deps, { session, problem, view: TROUBLE });
  });
  return app;
}

/** No other host is asked for anything, no other site shows or sends our pages, and nothing inline runs. */
const HEADERS = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  // Only the host's owner may promise that for all of it.
  strictTransportSecurity: false,
  referrerPolicy: "same-origin",
} satisfies Parameters<typeof secureHeaders>[0];

const TROUBLE: View = {
  title: "Not possible",
  body: (
    <p>
      <a href={BASE}>To the orders</a> · <a href={SIGN_IN}>Add a key of another role to your session</a>
    </p>
  ),
};

function serveSignIn(app: Hono<HttpEnv>, deps: ConsoleDeps): void {
  const page = (session: Session | null, next: string): View => ({
    title: session ? "Add a key" : "Sign in",
    body: <SignInPage deps={deps} session={session} next={next} />,
  });
  app.get(within(SIGN_IN), async (c) => {
    const session = await openSession(c, deps);
    return render(c, deps, { session, view: page(session, ownPath(c.req.query("next"))) });
  });
  app.post(within(SIGN_IN), async (c) => {
    const form = await readForm(c);
    const next = ownPath(form.get("next"));
    const keys = form.get("demo") === "true" && deps.demo ? deps.demo.keys : [(form.get("apiKey") ?? "").trim()];
    try {
      for (const key of keys) await addToSession(c, deps, key);
    } catch (error) {
      const session = await openSession(c, deps);
      return render(c, deps, { session, problem: toProblem(c, deps, error), view: page(session, next) });
    }
    return c.redirect(next, 303);
  });
  app.post("/sign-out", (c) => {
    endSession(c);
    return c.redirect(SIGN_IN, 303);
  });
}

async function showPage(c: Context<HttpEnv>, deps: ConsoleDeps, page: ConsolePage): Promise<Response> {
  const session = await openSession(c, deps);
  const { pathname, search, searchParams } = new URL(c.req.url);
  // Cookies come with no request that another site began, so that a link from there asks once more from here.
  if (!session && c.req.header("Sec-Fetch-Site") === "cross-site")
    return c.html(html`<!doctype html><meta http-equiv="refresh" content="0" /><title>Idem</title>`);
  if (!session) return c.redirect(`${SIGN_IN}?next=${encodeURIComponent(pathname + search)}`, 303);
  return showTo(c, deps, page, { session, params: c.req.param(), query: searchParams, refused: null });
}

async function showTo(c: Context<HttpEnv>, deps: ConsoleDeps, page: ConsolePage, visit: Visit): Promise<Response> {
  const { session, query, refused } = visit;
  const code = query.get("notice");
  const notice = code !== null && Object.hasOwn(NOTICES, code) && !refused ? (code as Notice) : null;
  try {
    const view = await page.show(visit, deps);
    if (typeof view === "string") return c.redirect(view, 303);
    return render(c, deps, { session, section: page.section, notice, problem: refused?.problem ?? null, view });
  } catch (error) {
    const problem = refused?.problem ?? toProblem(c, deps, error);
    if (problem.status >= 500) deps.onError(error, problem.requestId);
    const view = refused ? againView(refused) : TROUBLE;
    return render(c, deps, { session, section: page.section, problem, view });
  }
}

/** A form whose page cannot be shown: sent again it is the same action. */
function againView({ action, values }: RefusedForm): View {
  return {
    title: "Send again",
    body: (
      <section class="sheet">
        <p>What was typed is kept. Sent again, it happens once.</p>
        <form method="post" action={action}>
          {[...values].map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <button>Send again</button>
        </form>
      </section>
    ),
  };
}

async function act(c: Context<HttpEnv>, deps: ConsoleDeps, { page, act: perform }: ConsoleAction): Promise<Response> {
  const form = await readForm(c);
  const params = c.req.param();
  const key = form.get("key") || randomUUID();
  const refusedBy = (error: unknown): RefusedForm => {
    const problem = toProblem(c, deps, error);
    if (problem.status >= 500) deps.onError(error, problem.requestId);
    return { action: new URL(c.req.url).pathname, values: form, problem };
  };
  let session: Session | null;
  try {
    session = await openSession(c, deps);
  } catch (error) {
    const refused = refusedBy(error);
    return render(c, deps, { session: null, problem: refused.problem, view: againView(refused) });
  }
  // What was typed is lost with a session that ended: nothing was done.
  if (!session) return c.redirect(SIGN_IN, 303);
  try {
    const accepted = await perform({ session, params, form, key }, deps);
    if ("to" in accepted) return c.redirect(`${accepted.to}?notice=${accepted.notice}`, 303);
    return render(c, deps, { session, section: page.section, view: accepted });
  } catch (error) {
    const refused = refusedBy(error);
    return showTo(c, deps, page, { session, params, query: new URLSearchParams(), refused });
  }
}

interface Rendered {
  session: Session | null;
  section?: Section;
  notice?: Notice | null;
  problem?: Problem | null;
  view: View;
}

function render(c: Context<HttpEnv>, deps: ConsoleDeps, rendered: Rendered): Response | Promise<Response> {
  const { session, section = null, notice = null, problem = null, view } = rendered;
  if (problem) c.set("problem", problem.code);
  const page: JSX.Element = (
    <Layout deps={deps} title={view.title} section={section} session={session} notice={notice} problem={problem}>
      {view.body}
    </Layout>
  );
  return c.html(html`<!doctype html>${page}`, (problem?.status ?? 200) as ContentfulStatusCode);
}

/** What went wrong as a problem: the API's own, one of ours, or an error that shows nothing but its request. */
function toProblem(c: Context<HttpEnv>, { publicUrl }: ConsoleDeps, error: unknown): Problem {
  if (error instanceof ApiRefusal) return error.problem;
  return problemOf(error instanceof HTTPException ? ofForm(error) : error, publicUrl, c.get("requestId"));
}

/** What the middleware refuses before a form is read. */
function ofForm({ status }: HTTPException): ProblemError {
  return status === 413
    ? new ProblemError("payload-too-large", `A form may have at most ${MOST_BYTES} bytes. Nothing was done.`)
    : new ProblemError("forbidden", "The form was sent from another site. Nothing was done.");
}

async function readForm(c: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

/** A page of the console: a sign-in never leads to another site. */
function ownPath(path: string | null | undefined): string {
  return path && /^\/console(?:[/?][\x21-\x7e]*)?$/.test(path) && !path.startsWith(SIGN_IN) ? path : BASE;
}

function filled(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function within(path: string): string {
  return path.slice(BASE.length) || "/";
}
