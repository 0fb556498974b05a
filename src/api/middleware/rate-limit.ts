import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";

/** `perSecond` requests for each tenant and process, so that a noisy tenant does not make the others wait. */
export function rateLimit(perSecond: number): MiddlewareHandler<HttpEnv> {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async function rateLimit(c, next) {
    try {
      await limiter.consume(c.get("caller").tenant);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new Refusal("rate-limited", `This tenant may send ${perSecond} requests a second.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
      });
    }
    await next();
  };
}
