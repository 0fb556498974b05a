import { Hono } from "hono";
import { html } from "hono/html";
import { buyerActs } from "../payments/customer-actions.js";
import type { Simulation } from "../simulation.js";
import { buyerPage, shopUrl } from "./customer-page.js";
import { landingPage } from "./landing-page.js";
import { mailboxPage, mailPage } from "./mailbox-page.js";
import { layout, PAGE_POLICY } from "./page-layout.js";
import { paymentsPage } from "./payments-page.js";
import { shipmentsPage } from "./shipments-page.js";

/** What a person looks at. */
export function pageRoutes(simulation: Simulation): Hono {
  const { desk, mail } = simulation;
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("Content-Security-Policy", PAGE_POLICY);
    context.header("Cache-Control", "no-store");
  });
  app.get("/", (context) => context.html(landingPage(simulation)));
  app.get("/payments", (context) => context.html(paymentsPage(simulation)));
  app.get("/deliveries", (context) => context.html(shipmentsPage(simulation)));
  app.get("/mailbox", (context) => context.html(mailboxPage(mail)));
  app.get("/mailbox/:seq", (context) => {
    const kept = mail.find(Number(context.req.param("seq")));
    return kept ? context.html(mailPage(kept)) : context.html(NOT_HERE, 404);
  });
  app.get("/buyer/:intent", (context) => {
    const payment = desk.book.find(context.req.param("intent"));
    return payment ? context.html(buyerPage(payment)) : context.html(NOT_HERE, 404);
  });
  app.post("/buyer/:intent", async (context) => {
    const payment = desk.book.find(context.req.param("intent"));
    if (!payment) return context.html(NOT_HERE, 404);
    const { outcome } = await context.req.parseBody();
    buyerActs(desk, payment, outcome !== "fail");
    return context.redirect(shopUrl(payment) ?? context.req.path, 303);
  });
  app.all("/*", (context) => context.html(NOT_HERE, 404));
  return app;
}

const NOT_HERE = layout(
  "Not here",
  html`<h1>Not here</h1>
    <p>There is nothing at this address, or not any more.</p>`,
);
