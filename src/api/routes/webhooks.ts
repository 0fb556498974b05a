import type { Handler } from "hono";
import { ProblemError } from "../../domain/problem-error.js";
import { acceptEvent } from "../../services/accept-event.js";
import type { AppDeps, ReadWebhook } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";
import { readBody } from "../read-body.js";

const EVENT_LIMIT_BYTES = 1024 * 1024;

/** A provider's event: its signature over the raw bytes first, 2xx once it is stored. */
export function webhookHandler(deps: AppDeps, read: ReadWebhook): Handler<HttpEnv> {
  return async (c) => {
    const event = read(await readBody(c, EVENT_LIMIT_BYTES), (name) => c.req.header(name));
    if (!event) throw new ProblemError("unauthorized", "The signature does not match these bytes, or is too old.");
    await acceptEvent(deps, event);
    return c.body(null, 204);
  };
}
