import type { MiddlewareHandler } from "hono";
import { reachingTheBook } from "../../database/pool.js";
import { Refusal } from "../../domain/problem-error.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

const BEARER = /^Bearer ([\x21-\x7e]{1,500})$/i;

/** Who asks, judged anew on every request, before anything else is looked at (K8). */
export function authenticate({ findCredential }: Pick<AppDeps, "findCredential">): MiddlewareHandler<HttpEnv> {
  return async function authenticate(c, next) {
    const [, key] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
    const caller = key === undefined ? null : await reachingTheBook(() => findCredential(key));
    if (!caller) throw new Refusal("unauthorized", "Send Authorization: Bearer with a valid API key.");
    c.set("caller", caller);
    await next();
  };
}

/** Who may use a route, where not everybody may. */
export function only(role: "merchant" | "operator"): MiddlewareHandler<HttpEnv> {
  return async function only(c, next) {
    if (c.get("caller").role !== role) throw new Refusal("forbidden", `This needs a credential of the role ${role}.`);
    await next();
  };
}
