import type { Handler } from "hono";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

/** This process answers. */
export function healthz({ version }: AppDeps): Handler<HttpEnv> {
  return (c) => c.json({ status: "ok", version });
}

/** Whether this process can accept orders; Temporal and workers are reported and do not decide. */
export function readyz({ readiness, stopping }: AppDeps): Handler<HttpEnv> {
  return async (c) => {
    const parts = await readiness();
    return c.json(parts, parts.postgres === "up" && !stopping.aborted ? 200 : 503);
  };
}
