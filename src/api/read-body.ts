import type { Context } from "hono";
import { ProblemError } from "../domain/problem-error.js";

export const BODY_LIMIT_BYTES = 256 * 1024;

/** The bytes of a request, at most `limit`. RFC 9110: Content-Length says the size unless the body comes in chunks. */
export async function readBody(c: Context, limit = BODY_LIMIT_BYTES): Promise<Buffer> {
  const length = c.req.header("Content-Length");
  if (length !== undefined && c.req.header("Transfer-Encoding") === undefined) {
    if (Number(length) > limit) throw tooLarge(limit);
    return Buffer.from(await c.req.raw.arrayBuffer());
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limit: number): ProblemError {
  return new ProblemError("payload-too-large", `A request body may have at most ${limit} bytes.`);
}

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

export function requireJson(c: Context): void {
  if (!JSON_TYPE.test(c.req.header("Content-Type") ?? "")) {
    throw new ProblemError("unsupported-media-type", "Send the body as application/json.");
  }
}
