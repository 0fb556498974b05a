import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { KeyStore } from "../key-store.js";
import { randomToken } from "../random-token.js";
import { perform, type Provider, type ScriptedCall } from "../scripted-call.js";
import type { HttpResponse } from "../http-response.js";
import { send, type HttpContext } from "../send-reply.js";
import { API_VERSION, type StripeContext } from "./stripe-context.js";
import { stripeError, stripeRefusals } from "./stripe-errors.js";
import { canonicalForm, parseForm } from "./stripe-form.js";
import { operationFor } from "./stripe-operations.js";

export function stripeRoutes(stripe: StripeContext, keys: KeyStore): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const provider: Provider = {
    state: stripe.state,
    outbox: stripe.outbox,
    keys,
    refusals: stripeRefusals,
    headers: stripeHeaders,
  };
  app.all("/*", async (context) => {
    if (!mayAsk(context)) return send(context, NO_API_KEY);
    const call = await readCall(stripe, context);
    return send(context, "status" in call ? call : await perform(provider, call));
  });
  return app;
}

async function readCall(stripe: StripeContext, context: HttpContext): Promise<ScriptedCall | HttpResponse> {
  const { method, path } = context.req;
  const encoded = method === "POST" ? await context.req.text() : new URL(context.req.url).search;
  const params = parseForm(encoded);
  const operation = operationFor(
    stripe,
    method,
    path.split("/").filter(Boolean).slice(1).map(decodeURIComponent),
    params,
  );
  if (!operation) return unknownUrl(stripe, method, path);
  const key = context.req.header("Idempotency-Key") ?? null;
  return {
    provider: "stripe",
    op: operation.op,
    about: operation.about,
    method,
    path,
    key,
    params,
    fingerprint: `${path}\n${canonicalForm(encoded)}`,
    act: (fault, events) => operation.act({ params, key, fault, events }),
  };
}

function unknownUrl(stripe: StripeContext, method: string, path: string): HttpResponse {
  stripe.state.recordCall({ provider: "stripe", op: null, method, path, status: 404 });
  return stripeError(404, "invalid_request_error", `Unrecognized request URL (${method}: ${path}).`);
}

function mayAsk(context: HttpContext): boolean {
  return /^(Bearer (sk|rk)_|Basic )/.test(context.req.header("Authorization") ?? "");
}

function stripeHeaders({ key }: ScriptedCall): Record<string, string> {
  return {
    "Request-Id": randomToken("req_", 14),
    "Stripe-Version": API_VERSION,
    ...(key === null ? {} : { "Idempotency-Key": key }),
  };
}

const NO_API_KEY = stripeError(401, "invalid_request_error", "You did not provide an API key.");
