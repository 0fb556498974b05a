import type { ServiceDeps } from "./service-deps.js";

type Deps = Pick<ServiceDeps, "database">;

interface Wait<T> {
  timeoutMs: number;
  signal?: AbortSignal;
  /** What is waited for; null while it has not arrived. */
  arrived(): Promise<T | null>;
}

/** Calls back after each change, and once at first; returns the function that ends it. */
type Watch = (onChange: () => void) => () => void;

/** Waits until something arrives, asked again whenever the order changed; null when the time is up or the caller is gone. */
export function awaitOrder<T>({ database }: Deps, { orderId, ...wait }: Wait<T> & { orderId: string }) {
  return awaitChange((onChange) => database.orderWatch.watch(orderId, onChange), wait);
}

/** Waits likewise, asked again whenever the tenant has new events. */
export function awaitEvents<T>({ database }: Deps, { tenant, ...wait }: Wait<T> & { tenant: string }) {
  return awaitChange((onChange) => database.eventWatch.watch(tenant, onChange), wait);
}

async function awaitChange<T>(watch: Watch, wait: Wait<T>): Promise<T | null> {
  const timeUp = AbortSignal.timeout(wait.timeoutMs);
  const ended = wait.signal ? AbortSignal.any([wait.signal, timeUp]) : timeUp;
  let changed = false;
  let wake = () => {};
  const stop = watch(() => {
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
