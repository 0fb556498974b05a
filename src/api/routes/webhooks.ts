import type { Handler } from "hono";
import { Refusal } from "../../domain/problem-error.js";
import { takeEvent } from "../../services/accept-event.js";
import type { AppDeps, ReadWebhook } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";
import { readBody } from "../read-body.js";

const EVENT_LIMIT_BYTES = 1024 * 1024;

/** A provider's event: its signature over the raw bytes first, 2xx once it is in the book. */
export function webhookHandler({ book }: AppDeps, read: ReadWebhook): Handler<HttpEnv> {
  return async (c) => {
    const event = read(await readBody(c, EVENT_LIMIT_BYTES), (name) => c.req.header(name));
    if (!event) throw new Refusal("unauthorized", "The signature does not hold for these bytes now.");
    await takeEvent(book, event);
    return c.body(null, 204);
  };
}
