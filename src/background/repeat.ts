import { setTimeout as sleep } from "node:timers/promises";

export interface Repeated {
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

interface Repetition {
  /** One round; how long until the next, in milliseconds. */
  round(stopping: AbortSignal): Promise<number>;
  /** Until the next round after one that failed. */
  pauseMs: number;
  /** Called for a round that failed: what was due is due again. */
  onFailure(error: unknown): void;
}

/** Does rounds of work, one after another, until it is stopped. */
export function repeat({ round, pauseMs, onFailure }: Repetition): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      const pause = await round(signal).catch((error: unknown) => {
        onFailure(error);
        return pauseMs;
      });
      await sleep(pause, null, { signal }).catch(() => {}); // it only ends early
    }
  })();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
