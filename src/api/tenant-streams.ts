import { ProblemError } from "../domain/problem-error.js";
import { TenantSlots } from "./tenant-slots.js";

/** Streams that a tenant has open at once (K11): of timelines, and exports. */
const STREAMS = 100;
/** One that ends frees its slot at any moment. */
const RETRY_AFTER_S = 10;
const streams = new TenantSlots(STREAMS);

/** Takes a slot for a stream; what is returned frees it. Throws a ProblemError when the tenant has as many as it may. */
export function takeStream(tenant: string): () => void {
  const free = streams.take(tenant);
  if (free) return free;
  throw new ProblemError("rate-limited", `This tenant may have ${STREAMS} streams open.`, {
    retryAfterSeconds: RETRY_AFTER_S,
    limit: { policy: "streams", quota: STREAMS, windowSeconds: null },
  });
}
