import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { AppDeps } from "./app-deps.js";
import type { HttpEnv } from "./http-env.js";
import { takeStream } from "./tenant-streams.js";

/** A stream is alive so often, and ends so soon after its key was revoked. */
export const HEARTBEAT_MS = 10_000;
const HEADERS = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };

/** It outlasts a database that does not answer: it asks again with its next heartbeat. */
export type Stream = Parameters<Parameters<typeof streamSSE>[1]>[0];

export function asksForStream(c: Context<HttpEnv>): boolean {
  return (c.req.header("Accept") ?? "").includes("text/event-stream");
}

/** Answers with a stream that `write` writes until it returns or the signal is aborted. */
export function openStream(
  c: Context<HttpEnv>,
  { stopping }: Pick<AppDeps, "stopping">,
  write: (stream: Stream, signal: AbortSignal) => Promise<void>,
): Response {
  // The body of a HEAD is dropped unread, so that what writes it would never end.
  if (c.req.method === "HEAD") return c.body(null, 200, HEADERS);
  const free = takeStream(c.get("principal").tenant);
  const signal = AbortSignal.any([c.req.raw.signal, stopping]);
  const response = streamSSE(c, (stream) => write(stream, signal).finally(free));
  // Hono would keep the connection although the caller asked to close it, and let caches keep the answer.
  for (const header of ["Connection", "Transfer-Encoding"]) response.headers.delete(header);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}
