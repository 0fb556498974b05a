import type { Context } from "hono";
import type { StoredAnswer } from "../services/answer-once.js";
import type { HttpEnv } from "./http-env.js";

/** Says whether this is the answer to a repeat: to the caller and to the access log. */
export function markReplayed(c: Context<HttpEnv>, replayed: boolean): void {
  c.set("replayed", replayed);
  if (replayed) c.header("Idempotent-Replayed", "true");
}

/** Answers with the bytes that were answered the first time. */
export function answerStored(
  c: Context<HttpEnv>,
  { answer, replayed }: StoredAnswer,
  status: 200 | 201 | 202,
): Response {
  markReplayed(c, replayed);
  c.header("Content-Type", "application/json");
  return c.body(answer, status);
}
