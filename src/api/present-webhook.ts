import type { RedeliveredRange, WebhookDelivery } from "../services/redeliver-webhooks.js";
import type { WebhookEndpoint } from "../services/manage-webhook-endpoints.js";

/** An endpoint as its tenant sees it; with its secret where that was just drawn. */
export function presentEndpoint(endpoint: WebhookEndpoint, secret?: string) {
  const { id, url, types, createdAt, disabledAt, disabledReason, failingSince } = endpoint;
  const self = endpointPath(id);
  return {
    id,
    url,
    types,
    status: disabledAt ? ("disabled" as const) : ("enabled" as const),
    disabledAt: disabledAt?.toISOString() ?? null,
    disabledReason,
    failingSince: failingSince?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    links: { self, deliveries: `${self}/deliveries` },
    ...(secret !== undefined && { secret }),
  };
}

export function endpointPath(id: string): string {
  return `/v1/webhook-endpoints/${id}`;
}

export function presentDelivery(delivery: WebhookDelivery) {
  const { id, type, orderId, occurredAt, status, nextAttemptAt, attemptCount, attempts } = delivery;
  return {
    id,
    type,
    orderId,
    occurredAt: occurredAt.toISOString(),
    status,
    nextAttemptAt: status === "pending" ? nextAttemptAt.toISOString() : null,
    attemptCount,
    attempts: attempts.map(({ at, durationMs, statusCode, error, excerpt }) => ({
      at: new Date(at).toISOString(),
      durationMs,
      statusCode,
      error,
      excerpt,
    })),
  };
}

export function presentRange({ deliveries, nextFrom }: RedeliveredRange) {
  return { deliveries, nextFrom: nextFrom?.toISOString() ?? null };
}
