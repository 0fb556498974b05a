import {
  type AcceptedOrder,
  acceptOrder,
  createAcceptedOrderFinder,
  ReferenceHeldError,
} from "../database/queries/accept-order.js";
import { type Acknowledgement, acknowledgeOrder, orderPath } from "../domain/acknowledgement.js";
import type { OrderRequest } from "../domain/order-request.js";
import { ProblemError } from "../domain/problem-error.js";
import { type KeyedRequest, keyReusedError, orderPurgedError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface Placed {
  orderId: string;
  acknowledgement: Acknowledgement;
  /** Whether this is the repeat of an accepted request. */
  replayed: boolean;
}

/** How many of the ids that were accepted last are looked up before they are accepted again. */
const RECENT = 10_000;

/**
 * Accepts orders, each once for its key. A body that today's schema takes is accepted at once; one that it refuses may
 * still be the repeat of what was accepted before, so it is looked up first (K3). So is what was accepted here lately,
 * since finding it costs less than accepting it in vain.
 */
export function createPlaceOrder({
  database,
  policy,
}: ServiceDeps): (request: KeyedRequest<OrderRequest>) => Promise<Placed> {
  const { acceptance, notifier } = database;
  const find = createAcceptedOrderFinder(acceptance);
  const recent = new Set<string>();

  const remember = (id: string): void => {
    recent.add(id);
    const [oldest] = recent;
    if (recent.size > RECENT && oldest !== undefined) recent.delete(oldest);
  };

  return async function placeOrder(request) {
    if (recent.has(request.id)) {
      const found = await find(request.id);
      if (found) return replay(request, found);
    }
    const order = validated(request);
    if (order instanceof ProblemError) {
      const found = await find(request.id);
      if (!found) throw order;
      return replay(request, found);
    }
    const { reference = null, uniqueReference, currency, total, customer } = order;
    const { id, raw, fingerprint } = request;
    const { tenant, keyId } = request.principal;
    const { fresh, accepted } = await acceptOrder(acceptance, {
      ...{ id, tenant, fingerprint, raw, reference, uniqueReference, email: customer.email, currency, total },
      ...{ policy, keyId },
    }).catch(referenceInUse);
    remember(id);
    if (!fresh) return replay(request, accepted);
    notifier.announceOutbox();
    return { orderId: id, acknowledgement: acknowledgeOrder(accepted), replayed: false };
  };
}

function referenceInUse(error: unknown): never {
  if (!(error instanceof ReferenceHeldError)) throw error;
  throw new ProblemError("reference-in-use", "An order of this reference is neither rejected nor cancelled.", {
    order: orderPath(error.holder),
  });
}

function validated(request: KeyedRequest<OrderRequest>): OrderRequest | ProblemError {
  try {
    return request.validate();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

function replay(request: KeyedRequest<OrderRequest>, accepted: AcceptedOrder): Placed {
  if (!request.matches(accepted.fingerprint)) throw keyReusedError();
  if (accepted.purged) throw orderPurgedError();
  return { orderId: accepted.id, acknowledgement: acknowledgeOrder(accepted), replayed: true };
}
