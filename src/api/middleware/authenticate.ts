import type { MiddlewareHandler } from "hono";
import { ProblemError } from "../../domain/problem-error.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

const BEARER = /^Bearer ([\x21-\x7e]{1,500})$/i;

/** Who asks, judged on every request, before anything else is read (K8). */
export function authenticate({ findCredential }: Pick<AppDeps, "findCredential">): MiddlewareHandler<HttpEnv> {
  return async function authenticate(c, next) {
    const [, key] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
    const principal = key === undefined ? null : await findCredential(key);
    if (!principal) throw new ProblemError("unauthorized", "Send Authorization: Bearer with a valid API key.");
    c.set("principal", principal);
    c.set("isStillAllowed", async () => (await findCredential(key ?? "")) !== null);
    await next();
  };
}

/** Restricts a route to a role. */
export function only(role: "merchant" | "operator"): MiddlewareHandler<HttpEnv> {
  return async function only(c, next) {
    if (c.get("principal").role !== role)
      throw new ProblemError("forbidden", `This requires a credential with the role ${role}.`);
    await next();
  };
}
