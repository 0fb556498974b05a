import type { Database } from "../database/database.js";
import { markFeed } from "../database/event-era.js";
import {
  type Delivered,
  type DueDelivery,
  fanOut,
  leaseEndpoints,
  type LeasedEndpoint,
  readDue,
  recordBatch,
  releaseEndpoint,
  TURN_MS,
} from "../database/queries/webhook-work.js";
import {
  type Attempt,
  type DisabledReason,
  type EndpointVerdict,
  isAccepted,
  isGone,
  judgeDelivery,
  judgeEndpoint,
  type WebhookPolicy,
} from "../domain/webhook-attempt.js";
import type { WebhookClient } from "../providers/webhook/send-webhook.js";
import { repeat, type Repeated } from "./repeat.js";

interface SenderDeps {
  database: Database;
  client: WebhookClient;
  policy: WebhookPolicy;
  /** This worker among those that share the endpoints. */
  workerId: string;
  onAttempt(attempt: Attempt): void;
  onDisabled(endpointId: string, reason: DisabledReason): void;
  /** Called where the database was away or a defect showed; what was due stays due. */
  onFailure(error: unknown): void;
}

const PAUSE_MS = 1_000;
/** Endpoints served at once; each has attempts of its own, so that a slow one costs the others nothing. */
const ENDPOINTS = 50;
/** Deliveries of a batch, and of one for an endpoint that failed the last time. */
const BATCH = 200;
const PROBE = 1;
/** Attempts at an endpoint at once. */
const AT_ONCE = 8;
/** Attempts in a batch that fail before any was accepted: the rest is not tried. */
const FAILURES_IN_BATCH = 3;
const MARK_EVERY_MS = 60_000;

/**
 * Delivers events to the shops' endpoints. An endpoint is a reader of the feed with a place of its own: whoever leases it adds
 * the deliveries of what it has not had, and attempts what is due. An order costs nothing for it, and a tenant without
 * endpoints nothing at all.
 */
export function startWebhookSender(deps: SenderDeps): Repeated {
  const { session } = deps.database;
  const serving = new Map<string, Promise<void>>();
  let markedAt = 0;

  const lease = async (stopping: AbortSignal): Promise<void> => {
    const free = ENDPOINTS - serving.size;
    if (free <= 0) return;
    for (const endpoint of await leaseEndpoints(session, deps.workerId, [...serving.keys()], free)) {
      const work = serve(deps, endpoint, stopping)
        .catch(deps.onFailure) // it is leased again
        .finally(() => serving.delete(endpoint.id));
      serving.set(endpoint.id, work);
    }
  };
  const leasing = repeat({
    async round(stopping) {
      if (Date.now() - markedAt > MARK_EVERY_MS) {
        await markFeed(session);
        markedAt = Date.now();
      }
      await lease(stopping);
      return PAUSE_MS;
    },
    pauseMs: PAUSE_MS,
    onFailure: deps.onFailure,
  });
  return {
    async stop() {
      await leasing.stop();
      await Promise.all(serving.values());
    },
  };
}

/** Serves an endpoint until nothing is due, it fails, or its turn is over. */
async function serve(deps: SenderDeps, leased: LeasedEndpoint, stopping: AbortSignal): Promise<void> {
  const { session } = deps.database;
  const lease = { endpointId: leased.id, worker: deps.workerId };
  const turnEnds = Date.now() + TURN_MS;
  const isOver = () => stopping.aborted || Date.now() >= turnEnds;
  for (let endpoint: LeasedEndpoint | null = leased; endpoint !== null;) {
    const isBehind = await fanOut(session, endpoint.id);
    const limit = endpoint.failures > 0 ? PROBE : BATCH;
    const due = endpoint.isDue && !isOver() ? await readDue(session, endpoint.id, limit) : [];
    if (due.length === 0 && isBehind && !isOver()) continue;
    const attempts = await attemptBatch(deps, endpoint, due, isOver);
    if (attempts.size === 0) return releaseEndpoint(session, lease);
    const { verdict, results } = judge(deps.policy, endpoint, due, attempts);
    const goesOn = verdict.pauseMs === 0 && verdict.disabled === null && !isOver();
    const next = await recordBatch(session, lease, results, verdict, goesOn);
    if (verdict.disabled) deps.onDisabled(endpoint.id, verdict.disabled);
    endpoint = goesOn ? next : null;
  }
}

/** What a batch makes of the endpoint and of each delivery that was attempted. */
function judge(
  policy: WebhookPolicy,
  { failures, failingSince, enabledAt }: LeasedEndpoint,
  due: readonly DueDelivery[],
  attempts: ReadonlyMap<string, Attempt>,
): { verdict: EndpointVerdict; results: Delivered[] } {
  const batch = [...attempts.values()];
  const state = { failures, failingSince: failingSince?.getTime() ?? null };
  const verdict = judgeEndpoint(batch, state, policy, Math.random());
  const accepts = verdict.disabled === null && (failures === 0 || batch.some(isAccepted));
  const results = due.flatMap(({ id, attemptCount, firstAttemptAt }) => {
    const attempt = attempts.get(id);
    if (!attempt) return [];
    const since = firstAttemptAt && Math.max(firstAttemptAt.getTime(), enabledAt.getTime());
    const delivery = { attempts: attemptCount, since };
    return [{ id, attempt, ...judgeDelivery(attempt, delivery, accepts, policy, Math.random()) }];
  });
  return { verdict, results };
}

/** Attempts what is due, orders side by side and each in its order; what follows a failure of its order is left. */
async function attemptBatch(
  deps: SenderDeps,
  endpoint: LeasedEndpoint,
  due: readonly DueDelivery[],
  isOver: () => boolean,
): Promise<Map<string, Attempt>> {
  const attempts = new Map<string, Attempt>();
  const lanes = lanesOf(due);
  let accepted = 0;
  let gone = false;
  const isEnded = () => gone || (accepted === 0 && attempts.size >= FAILURES_IN_BATCH) || isOver();
  const work = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane; lane = lanes.shift()) {
      for (const delivery of lane) {
        if (isEnded()) return;
        const body = JSON.stringify(bodyOf(endpoint.id, delivery));
        const { url, secrets } = endpoint;
        const attempt = await deps.client.send({ url, secrets, id: delivery.id, body });
        deps.onAttempt(attempt);
        attempts.set(delivery.id, attempt);
        gone ||= isGone(attempt);
        if (!isAccepted(attempt)) break;
        accepted++;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return attempts;
}

/** Deliveries by order; a ping waits for nothing. */
function lanesOf(due: readonly DueDelivery[]): DueDelivery[][] {
  const lanes = new Map<string, DueDelivery[]>();
  for (const delivery of due) {
    const name = delivery.orderId ?? delivery.id;
    lanes.set(name, [...(lanes.get(name) ?? []), delivery]);
  }
  return [...lanes.values()];
}

/** The event by the Standard Webhooks scheme. */
function bodyOf(endpointId: string, delivery: DueDelivery): object {
  const { id, type, occurredAt, orderId, orderStatus: status, shipmentId, refundId } = delivery;
  const data = orderId === null ? { id, endpointId } : { id, orderId, status, shipmentId, refundId };
  return { type, timestamp: occurredAt.toISOString(), data };
}
