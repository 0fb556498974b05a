import type { MiddlewareHandler } from "hono";
import { ProblemError } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";
import { longReads } from "../tenant-turns.js";
import { countOfPage } from "./rate-limit.js";

/** Of a tenant. Each is a short wait for the one before it. */
const MOST_WAITING = 25;

/** A tenant's long pages are made one after another in this process: others are served between two of them (K11). */
export const takeTurns: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (countOfPage(c) === 1) return next();
  const { tenant } = c.get("principal");
  if (longReads.lengthOf(tenant) > MOST_WAITING)
    throw new ProblemError("rate-limited", `${MOST_WAITING} long pages of this tenant are waiting to be made.`, {
      retryAfterSeconds: 1,
    });
  await longReads.take(tenant, next);
};
