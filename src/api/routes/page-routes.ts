import type { Context, Hono } from "hono";
import { guideList, guidePage, guidePicture, guideText, llmsText } from "../pages/guide-page.js";
import { landingPage } from "../pages/landing-page.js";
import { paymentReturnPage } from "../pages/payment-return-page.js";
import { problemPage } from "../pages/problem-page.js";
import { referenceAsset, referencePage } from "../pages/reference-page.js";
import { ProblemError } from "../../domain/problem-error.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";
import { openApiDocument } from "../openapi/document.js";

const CONFIRMED = "/payment-confirmed";
const NOT_CONFIRMED = "/payment-not-confirmed";
const CACHED = "public, max-age=3600";
// The reference draws with inline styles and data images; nothing is loaded from other origins.
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The pages for people, and the OpenAPI document. */
export function servePages(app: Hono<HttpEnv>, { publicUrl, links, demoKeys }: AppDeps): void {
  let document: string | null = null;

  const html = (c: Context<HttpEnv>, text: string) => {
    c.header("Content-Security-Policy", CSP);
    c.header("X-Content-Type-Options", "nosniff");
    return c.html(text);
  };

  app.get("/", (c) => {
    // Stripe adds a secret of the payment to the address that customers come back to: it leaves the address at once.
    if (c.req.query("payment_intent") === undefined) return html(c, landingPage(links));
    c.header("Referrer-Policy", "no-referrer");
    return c.redirect(c.req.query("redirect_status") === "succeeded" ? CONFIRMED : NOT_CONFIRMED, 303);
  });
  app.get(CONFIRMED, (c) => html(c, paymentReturnPage(true)));
  app.get(NOT_CONFIRMED, (c) => html(c, paymentReturnPage(false)));
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApiDocument(publicUrl));
    c.header("Content-Type", "application/json");
    return c.body(document);
  });
  app.get("/docs", (c) => {
    c.header("Cache-Control", CACHED);
    return html(c, referencePage(demoKeys !== null));
  });
  app.get("/docs/:asset", async (c) => {
    const asset = await referenceAsset(c.req.param("asset"), demoKeys);
    if (!asset) throw new ProblemError("not-found", "There is no such resource.");
    c.header("Cache-Control", CACHED);
    c.header("Content-Type", asset.type);
    return c.body(asset.bytes);
  });
  app.get("/llms.txt", (c) => {
    c.header("Cache-Control", CACHED);
    return c.text(llmsText(publicUrl));
  });
  app.get("/guides", (c) => html(c, guideList()));
  app.get("/guides/:name", async (c) => {
    const name = c.req.param("name");
    const isMarkdown = name.endsWith(".md");
    const text = isMarkdown ? await guideText(name.slice(0, -3)) : await guidePage(name);
    if (text === null) throw new ProblemError("not-found", "There is no such page.");
    c.header("Cache-Control", CACHED);
    if (!isMarkdown) return html(c, text);
    c.header("Content-Type", "text/markdown; charset=utf-8");
    return c.body(text);
  });
  app.get("/guides/pictures/:name", async (c) => {
    const bytes = await guidePicture(c.req.param("name"));
    if (!bytes) throw new ProblemError("not-found", "There is no such picture.");
    c.header("Cache-Control", CACHED);
    c.header("Content-Type", "image/png");
    return c.body(new Uint8Array(bytes));
  });
  app.get("/problems/:slug", async (c) => {
    const text = await problemPage(c.req.param("slug"));
    if (text === null) throw new ProblemError("not-found", "There is no such problem.");
    c.header("Cache-Control", CACHED);
    return html(c, text);
  });
}
