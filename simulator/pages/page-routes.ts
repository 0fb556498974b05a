import { Hono } from "hono";
import { html } from "hono/html";
import { actAsCustomer } from "../payments/customer-actions.js";
import type { Simulation } from "../simulation.js";
import { customerPage, shopUrl } from "./customer-page.js";
import { landingPage } from "./landing-page.js";
import { mailboxPage, emailPage } from "./mailbox-page.js";
import { layout, PAGE_POLICY } from "./page-layout.js";
import { paymentsPage } from "./payments-page.js";
import { shipmentsPage } from "./shipments-page.js";

/** The pages for people. */
export function pageRoutes(simulation: Simulation): Hono {
  const { stripe, mailbox } = simulation;
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("Content-Security-Policy", PAGE_POLICY);
    context.header("Cache-Control", "no-store");
  });
  app.get("/", (context) => context.html(landingPage(simulation)));
  app.get("/payments", (context) => context.html(paymentsPage(simulation)));
  app.get("/deliveries", (context) => context.html(shipmentsPage(simulation)));
  app.get("/mailbox", (context) => context.html(mailboxPage(mailbox)));
  app.get("/mailbox/:seq", (context) => {
    const email = mailbox.find(Number(context.req.param("seq")));
    return email ? context.html(emailPage(email)) : context.html(NOT_FOUND, 404);
  });
  app.get("/customer/:intent", (context) => {
    const payment = stripe.store.find(context.req.param("intent"));
    return payment ? context.html(customerPage(payment)) : context.html(NOT_FOUND, 404);
  });
  app.post("/customer/:intent", async (context) => {
    const payment = stripe.store.find(context.req.param("intent"));
    if (!payment) return context.html(NOT_FOUND, 404);
    const { outcome } = await context.req.parseBody();
    actAsCustomer(stripe, payment, outcome !== "fail");
    return context.redirect(shopUrl(payment) ?? context.req.path, 303);
  });
  app.all("/*", (context) => context.html(NOT_FOUND, 404));
  return app;
}

const NOT_FOUND = layout(
  "Not found",
  html`<h1>Not found</h1>
    <p>There is no page at this address.</p>`,
);
