import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/problem-error.js";
import { EventId } from "../schemas/provider-events.js";
import { ORDER_ID } from "../schemas/responses.js";
import type { Operation } from "./route-operations.js";

/** Bare, or a structured-field string whose quotes and backslashes are escaped. src/idempotency reads them. */
const KEY = String.raw`^(?!"?undefined"?$)(?:[!#-+\-.\/0-:<-\[\]-~]{8,255}|"(?:[!#-\[\]-~]|\\["\\]){8,255}")$`;

const IdempotencyKey = z.string().openapi({
  description:
    "8 to 255 visible ASCII characters, bare or in double quotes. One new key for each new action. `undefined` is rejected: an unset variable spells it.",
  minLength: 8,
  maxLength: 512,
  pattern: KEY,
  example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
});

const Prefer = z
  .string()
  .optional()
  .openapi({ description: "`wait=N`, 1 to 30 s: respond once the outcome is known, such as `wait=5`." });

const LastEventId = z
  .string()
  .optional()
  .openapi({ description: "The last event received, such as `3`; the stream continues after it." });

const LastFeedEventId = z
  .string()
  .optional()
  .openapi({ description: "The id of the last event received; a stream continues after it, whatever `after` says." });

const WarehouseHeaders = {
  "webhook-id": EventId.openapi({ description: "The event's id: a repeat has no effect.", example: "msg_27Uj" }),
  "webhook-timestamp": z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .openapi({ description: "Seconds since 1970; at most 300 s old.", example: "1795600800" }),
};

/** The headers that a request may bring, besides its credential. */
export function requestHeaders({ keyed, waits, id, access }: Operation): z.ZodObject | null {
  const headers: Record<string, z.ZodType> = {
    ...(keyed && { "Idempotency-Key": IdempotencyKey }),
    ...(waits && { Prefer }),
    ...(id === "readTimeline" && { "Last-Event-ID": LastEventId }),
    ...(id === "readFeed" && { "Last-Event-ID": LastFeedEventId }),
    ...(access === "warehouse" && WarehouseHeaders),
  };
  return Object.keys(headers).length > 0 ? z.object(headers) : null;
}

const RequestId = z.uuid().openapi({ description: "Names this request in our logs." });

/** The headers of an answer that is no problem. */
export function answerHeaders({ keyed, waits, answers }: Operation, status: string): z.ZodObject {
  const isAcknowledged = status === "201" || (answers[202] !== undefined && (status === "200" || status === "202"));
  return z.object({
    "X-Request-Id": RequestId,
    ...(keyed && {
      "Idempotent-Replayed": z
        .literal("true")
        .optional()
        .openapi({ description: "Present on the repeat of an accepted request only." }),
    }),
    ...(isAcknowledged && { Location: z.string().openapi({ description: "Equal to `links.self`." }) }),
    ...(waits &&
      status === "200" && {
        "Preference-Applied": z
          .string()
          .regex(/^wait=([1-9]|[12][0-9]|30)$/)
          .openapi({ description: "The preference that was honoured.", example: "wait=5" }),
      }),
  });
}

/** The headers of a problem with one of these codes. */
export function problemHeaders(codes: readonly ErrorCode[]): z.ZodObject {
  const has = (...some: ErrorCode[]) => some.some((code) => codes.includes(code));
  return z.object({
    "X-Request-Id": RequestId,
    ...(has("rate-limited", "unavailable") && {
      "Retry-After": z.int().min(1).openapi({ description: "Seconds after which to retry with the same key." }),
    }),
    ...(has("rate-limited") && {
      "RateLimit-Policy": z.string().openapi({
        description: "The limit that was reached, its quota (`q`) and the seconds that the quota is for (`w`).",
        example: '"tenant";q=100;w=1',
      }),
      RateLimit: z.string().openapi({
        description: "What remains of it (`r`), and after how many seconds there is more (`t`).",
        example: '"tenant";r=0;t=1',
      }),
    }),
    ...(has("unauthorized") && {
      "WWW-Authenticate": z.string().optional().openapi({ description: "`Bearer`, where a bearer key is expected." }),
    }),
    ...(has("idempotency-key-missing") && {
      Link: z.string().optional().openapi({
        description: "The problem's page, with `idempotency-key-missing`.",
        example: '</problems/idempotency-key-missing>; rel="help"',
      }),
    }),
    ...(has("reference-in-use") && {
      Link: z
        .string()
        .optional()
        .openapi({
          description: "The order that has the reference, with `reference-in-use`.",
          example: `</v1/orders/${ORDER_ID}>; rel="related"`,
        }),
    }),
  });
}
