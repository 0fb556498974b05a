import type { ServiceDeps } from "./service-deps.js";

/** How long a notification may be lost before the database is asked all the same. */
const LOST_NOTIFICATION_MS = 1_000;

interface Wait<T> {
  orderId: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** What is waited for; null while it has not arrived. */
  arrived(): Promise<T | null>;
}

/** Waits until something arrives, asked again whenever the order changed; null when the time is up or the caller is gone. */
export async function awaitOrder<T>({ database }: Pick<ServiceDeps, "database">, wait: Wait<T>): Promise<T | null> {
  const deadline = Date.now() + wait.timeoutMs;
  let wake = () => {};
  let changed = false;
  const unsubscribe = database.notifier.watchOrder(wait.orderId, () => {
    changed = true;
    wake();
  });
  const onAbort = () => wake();
  wait.signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      changed = false;
      const value = await wait.arrived();
      if (value !== null) return value;
      const left = Math.min(deadline - Date.now(), LOST_NOTIFICATION_MS);
      if (deadline <= Date.now() || wait.signal?.aborted) return null;
      if (!changed) await sleep(left, (resolve) => (wake = resolve));
    }
  } finally {
    wait.signal?.removeEventListener("abort", onAbort);
    unsubscribe();
  }
}

function sleep(milliseconds: number, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    onWake(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
