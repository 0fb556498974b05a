import { setTimeout as pause } from "node:timers/promises";
import { type Look, takeDueLooks } from "../database/due-polls.js";
import type { OrderBook } from "../database/order-book.js";
import type { ProviderEvent } from "../database/provider-events.js";
import type { PaymentGateway } from "../providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../providers/warehouse/warehouse-gateway.js";
import { takeEvent } from "../services/accept-event.js";

interface WatchDeps {
  book: OrderBook;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  /** Told of looks that brought no answer; the next one asks again. */
  onFailure(error: unknown): void;
}

export interface Watch {
  stop(): Promise<void>;
}

/** At most so many looks of a kind in each round. */
const AT_ONCE = 25;
/** With {@link AT_ONCE} a hundred looks a second: what waits is in no hurry, and new orders are. */
const BUSY_PAUSE_MS = 250;
const IDLE_PAUSE_MS = 2_000;
/** Who is later than this does not pause: the first look is due within 60 s of the request, whatever else waits. */
const LATE_MS = 4_000;
const TIMEOUT_MS = 3_000;

/**
 * Looks at what waits for news from outside, since an event may never come (E8). What a look finds is taken in as if its
 * event had just come. So a run needs no timer for it, and an order that waits costs Temporal nothing.
 */
export function startWatch(deps: WatchDeps): Watch {
  const stopping = new AbortController();

  /** One round; how long until the next, in milliseconds. */
  const round = async (): Promise<number> => {
    try {
      const due = await takeDueLooks(deps.book.db, AT_ONCE);
      await Promise.all(due.map((look) => find(deps, look).catch(deps.onFailure)));
      if (due.length < AT_ONCE) return IDLE_PAUSE_MS;
      return due.some(({ lateMs }) => lateMs > LATE_MS) ? 0 : BUSY_PAUSE_MS;
    } catch (error) {
      deps.onFailure(error); // the book is away: what is due stays due
      return IDLE_PAUSE_MS;
    }
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await pause(await round(), null, { signal: stopping.signal }).catch(() => {}); // it only ends early
    }
  })();

  return {
    stop() {
      stopping.abort();
      return watching;
    },
  };
}

async function find(deps: WatchDeps, look: Look): Promise<void> {
  const event = await (look.about === "shipment" ? lookAtShipment(deps, look) : lookAtPayment(deps, look));
  if (event) await takeEvent(deps.book, event);
}

/** Named by what it tells, so that what was told once is no news again. */
async function lookAtShipment(
  { warehouse }: WatchDeps,
  { orderId, id, status }: Look & { about: "shipment" },
): Promise<ProviderEvent | null> {
  const shipment = await warehouse.track(id, TIMEOUT_MS);
  if (!shipment || shipment.status === "accepted" || shipment.status === status) return null;
  const eventId = `look/${id}/${shipment.status}`;
  return { provider: "fulfilment", eventId, type: "look", orderId, fact: { about: "shipment", shipment } };
}

async function lookAtPayment(
  { payments }: WatchDeps,
  { orderId, reference }: Look & { about: "payment" },
): Promise<ProviderEvent | null> {
  const payment = await payments.retrieve(reference, TIMEOUT_MS);
  if (payment.state === "action_required" || payment.state === "processing") return null;
  const eventId = `look/${reference}/${payment.state}/${payment.received}`;
  return { provider: "stripe", eventId, type: "look", orderId, fact: { about: "payment", payment } };
}
