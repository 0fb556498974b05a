import type { MiddlewareHandler } from "hono";
import pLimit, { type LimitFunction } from "p-limit";
import { ProblemError } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";
import { countOfPage } from "./rate-limit.js";

/** Of a tenant. Each is a short wait for the one before it. */
const MOST_WAITING = 25;

/** A tenant's long pages are made one after another in this process: others are served between two of them (K11). */
export function takeTurns(): MiddlewareHandler<HttpEnv> {
  const turns = new Map<string, LimitFunction>();
  return async function takeTurns(c, next) {
    if (countOfPage(c) === 1) return next();
    const { tenant } = c.get("principal");
    const turn = turns.get(tenant) ?? pLimit(1);
    if (turn.pendingCount >= MOST_WAITING)
      throw new ProblemError("rate-limited", `${MOST_WAITING} long pages of this tenant are waiting to be made.`, {
        retryAfterSeconds: 1,
      });
    turns.set(tenant, turn);
    try {
      await turn(next);
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) turns.delete(tenant);
    }
  };
}
