import { createHash } from "node:crypto";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { ProblemError } from "../../domain/problem-error.js";
import type { Credential } from "../../services/keyed-request.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";
import type { Route } from "../routes/route.js";

const BEARER = /^Bearer ([\x21-\x7e]{1,500})$/i;

/** Whose key this is, sent from that address. Throws a ProblemError. */
export type CheckCredential = (key: string, address: string) => Promise<Credential>;

/**
 * An unknown credential costs a look into the order database, so an address may send as many a second as a tenant may send
 * requests (K11).
 */
export function createCredentialCheck({
  findCredential,
  isKnown,
  rateLimit,
}: Pick<AppDeps, "findCredential" | "isKnown" | "rateLimit">): CheckCredential {
  const unknown = new RateLimiterMemory({ points: rateLimit, duration: 1 });
  /** Digests of keys that held once. They are judged again all the same, whatever else their address sends. */
  const held = new Set<string>();

  return async function checkCredential(key, address) {
    const digest = createHash("sha256").update(key).digest("base64");
    const limit = held.has(digest) || isKnown(key) ? null : await unknown.get(address);
    if (limit && limit.remainingPoints <= 0)
      throw new ProblemError("rate-limited", `An address may send ${rateLimit} unknown credentials per second.`, {
        retryAfterSeconds: 1,
        limit: { policy: "address", quota: rateLimit, windowSeconds: 1 },
      });
    const credential = key === "" ? null : await findCredential(key);
    if (!credential) {
      held.delete(digest);
      await unknown.consume(address).catch(() => {}); // several at one moment: the next is refused
      throw new ProblemError("unauthorized", "Send Authorization: Bearer with a valid API key.");
    }
    held.add(digest);
    return credential;
  };
}

/** Who asks, judged on every request, before anything else is read (K8). */
export function authenticate(
  checkCredential: CheckCredential,
  { findCredential }: Pick<AppDeps, "findCredential">,
): MiddlewareHandler<HttpEnv> {
  return async function authenticate(c, next) {
    const [, key = ""] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
    c.set("credential", await checkCredential(key, addressOf(c)));
    c.set("isStillAllowed", async () => (await findCredential(key)) !== null);
    await next();
  };
}

/** Of the connection: a header that says otherwise could say anything. */
export function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? "";
}

/** Lets in whose role may use a route: `support` reads whatever its tenant may read, and changes nothing. */
export function admit({ method, role }: Pick<Route, "method" | "role">): MiddlewareHandler<HttpEnv> {
  return async function admit(c, next) {
    const { tenant, role: own, keyId } = c.get("credential");
    const isAllowed = own === "support" ? method === "get" : role === undefined || role === own;
    if (!isAllowed)
      throw new ProblemError(
        "forbidden",
        `This requires a credential with the role ${role ?? "merchant or operator"}.`,
      );
    c.set("principal", { tenant, role: own === "support" ? "operator" : own, keyId });
    await next();
  };
}
