import { resolveBatchItems } from "../services/resolve-batch.js";
import type { ServiceDeps } from "../services/service-deps.js";
import { repeat, type Repeated } from "./repeat.js";

const PAUSE_MS = 3_000;
/** Leased together, and then resolved one after another. */
const AT_ONCE = 20;

/** Resolves the attentions of batches until it is stopped. Several workers share them. */
export function startBatchResolver(deps: ServiceDeps, onFailure: (error: unknown) => void): Repeated {
  return repeat({
    round: async () => ((await resolveBatchItems(deps, AT_ONCE, onFailure)) === 0 ? PAUSE_MS : 0),
    pauseMs: PAUSE_MS,
    onFailure,
  });
}
