import type { OrderBook } from "../database/order-book.js";

/** How long a note may be lost before the book is asked all the same. */
const LOST_NOTE_MS = 1_000;

/**
 * Waits until `arrived` answers something, asked anew whenever a note says that the order changed; null when the time
 * is up or the caller is gone.
 */
export async function awaitOrder<T>(
  book: OrderBook,
  orderId: string,
  until: { timeoutMs: number; signal?: AbortSignal },
  arrived: () => Promise<T | null>,
): Promise<T | null> {
  const deadline = Date.now() + until.timeoutMs;
  let wake = () => {};
  let changed = false;
  const unhear = book.bell.hear("idem_orders", (note) => {
    if (note !== "" && note !== orderId) return;
    changed = true;
    wake();
  });
  const gone = () => wake();
  until.signal?.addEventListener("abort", gone);
  try {
    for (;;) {
      changed = false;
      const value = await arrived();
      if (value !== null) return value;
      const left = Math.min(deadline - Date.now(), LOST_NOTE_MS);
      if (deadline <= Date.now() || until.signal?.aborted) return null;
      if (!changed) await nap(left, (resolve) => (wake = resolve));
    }
  } finally {
    until.signal?.removeEventListener("abort", gone);
    unhear();
  }
}

function nap(milliseconds: number, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    onWake(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
