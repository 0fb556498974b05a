import { type Claim, claimOrder, createClaimFinder } from "../database/accepted-orders.js";
import { reachingTheBook } from "../database/pool.js";
import type { OrderBook } from "../database/order-book.js";
import { type Acknowledgement, acknowledgeOrder } from "../domain/acknowledgement.js";
import type { OrderRequest } from "../domain/order-request.js";
import type { Policy } from "../domain/policy.js";
import { Refusal } from "../domain/problem-error.js";
import { type Intention, purged, reused } from "./keyed-request.js";

export interface Accepted {
  orderId: string;
  acknowledgement: Acknowledgement;
  /** Whether this is the repeat of an accepted request. */
  replayed: boolean;
}

/** How many of the ids that were claimed last are looked up before they are claimed again. */
const MOST_RECENT = 10_000;

/**
 * Accepts orders, each once for its key. A body that today's schema takes is claimed at once; one that it refuses may
 * still be the repeat of what was accepted before, so it is looked up first (K3). So is what stood here lately, since
 * finding a claim costs less than making it in vain.
 */
export function createOrderDoor({ book, policy }: { book: OrderBook; policy: Policy }) {
  const find = createClaimFinder(book);
  const recent = new Set<string>();

  const remember = (id: string): void => {
    recent.add(id);
    const [oldest] = recent;
    if (recent.size > MOST_RECENT && oldest !== undefined) recent.delete(oldest);
  };

  return async function placeOrder(intention: Intention<OrderRequest>): Promise<Accepted> {
    if (recent.has(intention.id)) {
      const found = await reachingTheBook(() => find(intention.id));
      if (found) return replay(intention, found);
    }
    const order = validated(intention);
    if (order instanceof Refusal) {
      const found = await reachingTheBook(() => find(intention.id));
      if (!found) throw order;
      return replay(intention, found);
    }
    const { fresh, claim } = await reachingTheBook(() =>
      claimOrder(book, {
        id: intention.id,
        tenant: intention.tenant,
        fingerprint: intention.fingerprint,
        raw: intention.raw,
        reference: order.reference ?? null,
        currency: order.currency,
        total: order.total,
        policy,
      }),
    );
    remember(claim.id);
    if (!fresh) return replay(intention, claim);
    book.bell.ring("idem_outbox");
    return { orderId: claim.id, acknowledgement: acknowledgeOrder(claim), replayed: false };
  };
}

function validated(intention: Intention<OrderRequest>): OrderRequest | Refusal {
  try {
    return intention.validate();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function replay(intention: Intention<OrderRequest>, claim: Claim): Accepted {
  if (!intention.matches(claim.fingerprint)) throw reused();
  if (claim.purged) throw purged();
  return { orderId: claim.id, acknowledgement: acknowledgeOrder(claim), replayed: true };
}
