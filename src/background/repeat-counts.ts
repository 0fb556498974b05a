import type { Database } from "../database/database.js";
import { addRepeats, type Repeats } from "../database/queries/order-repeats.js";

const EVERY_MS = 2_000;

/**
 * How often an order's requests were repeated, and used keys came with another intention: counted here and written every
 * two seconds, so that a repeat changes nothing (M5). A process that dies loses its last counts.
 */
export function startRepeatCounts(
  { session }: Pick<Database, "session">,
  onFailure: (error: unknown) => void,
): { count(orderId: string, outcome: keyof Repeats): void; stop(): Promise<void> } {
  let counted = new Map<string, Repeats>();
  const write = async () => {
    if (counted.size === 0) return;
    const written = counted;
    counted = new Map();
    await addRepeats(session, written).catch(onFailure);
  };
  const timer = setInterval(() => void write(), EVERY_MS);
  return {
    count(orderId, outcome) {
      const { replayed, refused } = counted.get(orderId) ?? { replayed: 0, refused: 0 };
      counted.set(orderId, { replayed, refused, [outcome]: (outcome === "replayed" ? replayed : refused) + 1 });
    },
    stop() {
      clearInterval(timer);
      return write();
    },
  };
}
