import type { Database } from "../database/database.js";
import { pollAgain, type PollTarget, takeDuePolls } from "../database/queries/due-polls.js";
import type { ProviderEvent } from "../domain/fact.js";
import type { PaymentGateway } from "../providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../providers/warehouse/warehouse-gateway.js";
import { acceptEvent } from "../services/accept-event.js";
import { repeat, type Repeated } from "./repeat.js";

interface PollerDeps {
  database: Database;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  /** Called for polls that brought no answer; they are made again within minutes. */
  onFailure(error: unknown): void;
}

/** At most so many polls of a kind in each round. */
const BATCH = 25;
/** With {@link BATCH} a hundred polls a second: what waits is in no hurry, and new orders are. */
const BUSY_PAUSE_MS = 250;
const IDLE_PAUSE_MS = 2_000;
/** Beyond this delay there is no pause: the first poll is due within 60 s of the request, whatever else waits. */
const LATE_MS = 4_000;
const TIMEOUT_MS = 3_000;

/**
 * Polls the providers about what waits for an event that may never come (E8). What a poll finds is accepted as if its
 * event had just come. So a run needs no timer for it, and an order that waits costs Temporal nothing.
 */
export function startPoller(deps: PollerDeps): Repeated {
  return repeat({
    async round() {
      const due = await takeDuePolls(deps.database.db, BATCH);
      const unanswered: PollTarget[] = [];
      const putOff = (target: PollTarget) => (error: unknown) => {
        deps.onFailure(error);
        unanswered.push(target);
      };
      await Promise.all(due.map((target) => poll(deps, target).catch(putOff(target))));
      await pollAgain(deps.database.db, unanswered);
      if (due.length < BATCH || unanswered.length === due.length) return IDLE_PAUSE_MS;
      return due.some(({ lateMs }) => lateMs > LATE_MS) ? 0 : BUSY_PAUSE_MS;
    },
    pauseMs: IDLE_PAUSE_MS,
    onFailure: deps.onFailure,
  });
}

async function poll(deps: PollerDeps, target: PollTarget): Promise<void> {
  for (const event of await eventsOf(deps, target)) await acceptEvent(deps, event);
}

function eventsOf(deps: PollerDeps, target: PollTarget): Promise<ProviderEvent[]> {
  switch (target.about) {
    case "shipment":
      return pollShipment(deps, target);
    case "payment":
      return pollPayment(deps, target);
    case "refund":
      return pollRefund(deps, target);
  }
}

/** Each event is named by what it says, so that what was said once is stored once. */
async function pollShipment(
  { warehouse }: PollerDeps,
  { orderId, id, status, overdue }: PollTarget & { about: "shipment" },
): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  if (overdue && status === "shipped") {
    const fact = { about: "delivery", shipmentId: id } as const;
    events.push({ provider: "idem", eventId: `overdue/${id}`, type: "delivery_overdue", orderId, fact });
  }
  const shipment = await warehouse.retrieve(id, TIMEOUT_MS).catch((error: unknown) => {
    if (events.length === 0) throw error; // the deadline counts although the warehouse does not answer
    return null;
  });
  if (shipment && shipment.status !== "accepted" && shipment.status !== status) {
    const fact = { about: "shipment", shipment } as const;
    events.unshift({ provider: "fulfilment", eventId: `poll/${id}/${shipment.status}`, type: "poll", orderId, fact });
  }
  return events;
}

async function pollPayment(
  { payments }: PollerDeps,
  { orderId, reference }: PollTarget & { about: "payment" },
): Promise<ProviderEvent[]> {
  const payment = await payments.retrieve(reference, TIMEOUT_MS);
  if (payment.state === "action_required" || payment.state === "processing") return [];
  const eventId = `poll/${reference}/${payment.state}/${payment.received}/${payment.terms ? "terms" : ""}`;
  return [{ provider: "stripe", eventId, type: "poll", orderId, fact: { about: "payment", payment } }];
}

async function pollRefund(
  { payments }: PollerDeps,
  { orderId, id, reference, since }: PollTarget & { about: "refund" },
): Promise<ProviderEvent[]> {
  const refund = await payments.findRefund(reference, id, since, TIMEOUT_MS);
  if (!refund || refund.state === "pending") return [];
  const eventId = `poll/${refund.reference}/${refund.state}`;
  return [{ provider: "stripe", eventId, type: "poll", orderId, fact: { about: "refund", refund } }];
}
