import type { Cursor } from "../database/queries/list-orders.js";
import {
  insertPing,
  listDeliveries,
  type RedeliveredRange,
  redeliverOne,
  redeliverRange,
  type WebhookDelivery,
} from "../database/queries/webhook-deliveries.js";
import type { DeliveryStatus } from "../domain/webhook-attempt.js";
import { answerOnce, type StoredAnswer } from "./answer-once.js";
import { type KeyedRequest, notFoundError } from "./keyed-request.js";
import { type ListPage, pageOf } from "./read-lists.js";
import type { ServiceDeps } from "./service-deps.js";
import { type OfEndpoint, readWebhookEndpoint } from "./manage-webhook-endpoints.js";

export type { RedeliveredRange, WebhookDelivery };

type Deps = Pick<ServiceDeps, "database">;

export interface RedeliverRequest {
  /** Inclusive. */
  from: Date;
  /** Exclusive; now when absent. */
  to?: Date | undefined;
}

/** Deliveries that one request has delivered again. */
const MOST_AGAIN = 10_000;

type Present = (delivery: WebhookDelivery) => object;

/** An endpoint's deliveries, newest event first. */
export async function readWebhookDeliveries(
  deps: Deps,
  page: OfEndpoint & { filter: { status?: DeliveryStatus | undefined }; limit: number; after: Cursor | null },
): Promise<ListPage<WebhookDelivery>> {
  await readWebhookEndpoint(deps, page);
  const { endpointId, filter, limit, after } = page;
  const found = await listDeliveries(deps.database.session, endpointId, filter, limit + 1, after);
  return pageOf(found, limit, ({ occurredAt, id }) => ({ at: occurredAt, id }));
}

/** Has an event of the type `ping` delivered, which is about no order. */
export async function pingWebhookEndpoint(
  deps: Deps,
  { request, present, ...of }: OfEndpoint & { request: KeyedRequest<object>; present: Present },
): Promise<StoredAnswer> {
  await readWebhookEndpoint(deps, of);
  return answerOnce(deps.database, request, async (session) =>
    present(await insertPing(session, of.endpointId, request.id)),
  );
}

/** Has one delivery made again, whatever became of it. */
export async function redeliverWebhook(
  deps: Deps,
  {
    request,
    present,
    deliveryId,
    ...of
  }: OfEndpoint & { deliveryId: string; request: KeyedRequest<object>; present: Present },
): Promise<StoredAnswer> {
  await readWebhookEndpoint(deps, of);
  return answerOnce(deps.database, request, async (session) => {
    const again = await redeliverOne(session, of.endpointId, deliveryId);
    if (!again) throw notFoundError();
    return present(again);
  });
}

/** Has the deliveries of events of a time made again, oldest first. */
export async function redeliverWebhooks(
  deps: Deps,
  {
    request,
    present,
    ...of
  }: OfEndpoint & { request: KeyedRequest<RedeliverRequest>; present: (range: RedeliveredRange) => object },
): Promise<StoredAnswer> {
  await readWebhookEndpoint(deps, of);
  return answerOnce(deps.database, request, async (session, { from, to = null }) =>
    present(await redeliverRange(session, of.endpointId, { from, to }, MOST_AGAIN)),
  );
}
