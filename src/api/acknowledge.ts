import type { Context } from "hono";
import type { Acknowledgement } from "../domain/acknowledgement.js";
import type { HttpEnv } from "./http-env.js";
import { preferredWait } from "./prefer-wait.js";
import { TenantSlots } from "./tenant-slots.js";
import { markReplayed } from "./replayed-answer.js";

/** Requests of a tenant that wait at once; one more is answered without waiting (K11). */
const waiting = new TenantSlots(100);

interface Acknowledged {
  acknowledgement: Acknowledgement;
  replayed: boolean;
}

/**
 * Answers an accepted request: 202 with the acknowledgement, or 200 with what became of it when the caller prefers to
 * wait and it arrives in time. Once acceptance has committed nothing else is answered, whatever the wait runs into.
 */
export async function acknowledge(
  c: Context<HttpEnv>,
  { acknowledgement, replayed }: Acknowledged,
  wait: (milliseconds: number) => Promise<object | null>,
): Promise<Response> {
  markReplayed(c, replayed);
  c.header("Location", acknowledgement.location);
  const seconds = preferredWait(c.req.header("Prefer"));
  const free = seconds === null ? null : waiting.take(c.get("principal").tenant);
  const outcome = seconds === null || free === null ? null : await wait(seconds * 1000).catch(() => null);
  free?.();
  if (outcome === null) {
    c.header("Content-Type", "application/json");
    return c.body(acknowledgement.body, 202);
  }
  c.header("Preference-Applied", `wait=${seconds}`);
  return c.json(outcome, 200);
}
