import { z } from "@hono/zod-openapi";

/** RFC 3339 in UTC, with milliseconds. */
export const Time = z.iso.datetime().openapi({ example: "2026-11-25T10:00:00.000Z" });
