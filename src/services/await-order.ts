import type { ServiceDeps } from "./service-deps.js";

interface Wait<T> {
  orderId: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** What is waited for; null while it has not arrived. */
  arrived(): Promise<T | null>;
}

/** Waits until something arrives, asked again whenever the order changed; null when the time is up or the caller is gone. */
export async function awaitOrder<T>({ database }: Pick<ServiceDeps, "database">, wait: Wait<T>): Promise<T | null> {
  const timeUp = AbortSignal.timeout(wait.timeoutMs);
  const ended = wait.signal ? AbortSignal.any([wait.signal, timeUp]) : timeUp;
  let changed = false;
  let wake = () => {};
  const stop = database.orderWatch.watch(wait.orderId, () => {
    changed = true;
    wake();
  });
  const onEnd = () => wake();
  ended.addEventListener("abort", onEnd);
  try {
    for (;;) {
      changed = false;
      const value = await wait.arrived();
      if (value !== null) return value;
      if (!changed && !ended.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (!changed) return null;
    }
  } finally {
    ended.removeEventListener("abort", onEnd);
    stop();
  }
}
