import { setTimeout as sleep } from "node:timers/promises";
import { resolveBatchItems } from "../services/resolve-batch.js";
import type { ServiceDeps } from "../services/service-deps.js";

const PAUSE_MS = 3_000;
/** Leased together, and then resolved one after another. */
const AT_ONCE = 20;

/** Resolves the attentions of batches until it is stopped. Several workers share them. */
export function startBatchResolver(deps: ServiceDeps, onFailure: (error: unknown) => void): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const resolved = await resolveBatchItems(deps, AT_ONCE, onFailure).catch((error: unknown) => {
        onFailure(error); // what was leased is leased again
        return 0;
      });
      if (resolved === 0) await sleep(PAUSE_MS, null, { signal: stopping.signal }).catch(() => {}); // it only ends early
    }
  })();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
