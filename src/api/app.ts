import { Hono } from "hono";
import { ProblemError } from "../domain/problem-error.js";
import type { AppDeps } from "./app-deps.js";
import type { HttpEnv } from "./http-env.js";
import { createConsole } from "../console/serve-console.js";
import { admit, authenticate, createCredentialCheck } from "./middleware/authenticate.js";
import { rateLimit } from "./middleware/rate-limit.js";
import { requestRecord } from "./middleware/request-record.js";
import { renderProblem } from "./problem.js";
import { healthz, readyz } from "./routes/liveness.js";
import { servePages } from "./routes/page-routes.js";
import { ROUTES } from "./routes/index.js";
import { webhookHandler } from "./routes/webhooks.js";

/** The API. Everything it depends on is passed in, so that a test is a request away. */
export function createApp(deps: AppDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.onError((error, c) => {
    const response = renderProblem(c, deps.publicUrl, error);
    if (response.status >= 500) deps.onError(error, c.get("requestId"));
    return response;
  });
  app.notFound((c) => renderProblem(c, deps.publicUrl, new ProblemError("not-found", "There is no such resource.")));
  app.use(requestRecord(deps));

  const checkCredential = createCredentialCheck(deps);
  const credential = authenticate(checkCredential, deps);
  const rate = rateLimit(deps.rateLimit);
  for (const route of ROUTES) {
    app.on(route.method.toUpperCase(), [route.path], credential, admit(route), rate(route), route.handle(deps));
  }
  app.post("/webhooks/stripe", webhookHandler(deps, deps.readStripeEvent));
  app.post("/webhooks/fulfilment", webhookHandler(deps, deps.readFulfilmentEvent));
  app.get("/healthz", healthz(deps));
  app.get("/readyz", readyz(deps));
  servePages(app, deps);
  app.route(
    "/console",
    createConsole({
      ...deps,
      ...deps.links,
      checkCredential,
      ask: async (path, init, env) => app.request(path, init, env as HttpEnv),
    }),
  );
  refuseOtherMethods(app);
  return app;
}

/** A path that is known, requested by a method that is not. */
function refuseOtherMethods(app: Hono<HttpEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, known] of methods) {
    const allowed = [...known, ...(known.has("GET") ? ["HEAD"] : [])].join(", ");
    app.all(path, (c) => {
      c.header("Allow", allowed);
      throw new ProblemError("method-not-allowed", `This resource allows ${allowed}.`);
    });
  }
}
