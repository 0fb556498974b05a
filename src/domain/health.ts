import type { AttentionCause } from "./attention.js";
import type { EmailStatus } from "./email.js";
import { formatMoney } from "./format-money.js";
import type { Status } from "./status.js";

export const PROVIDERS = ["payment", "warehouse", "email"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Queues by the names of WORKER_QUEUES. */
export const QUEUES = ["orders", "effects"] as const;
export type Queue = (typeof QUEUES)[number];

/** What a process knows of a provider from its own calls; times in epoch milliseconds. */
export interface ProviderCalls {
  /** The last call that the provider answered, a refusal included. */
  answeredAt: number | null;
  /** The last that it did not answer, or answered with 401, 403 or 429. */
  failedAt: number | null;
  /** The first of those since it last answered. */
  failingSince: number | null;
  failure: string | null;
}

/** How the service is, over all tenants. Ages in seconds, amounts in minor units, times in epoch milliseconds. */
export interface Health {
  attentions: {
    cause: AttentionCause;
    currency: string;
    count: number;
    /** Those that are neither acknowledged nor resolved. */
    unacknowledged: number;
    amount: number;
    oldestSeconds: number;
    newestAt: number;
  }[];
  /** Operations that were begun 5 s ago or earlier and have no outcome. */
  operations: { provider: Provider; count: number; oldestSeconds: number }[];
  /** All but those that went out. */
  emails: { status: EmailStatus; count: number }[];
  /** Open orders. */
  orders: { status: Status; count: number }[];
  outbox: { rows: number; oldestSeconds: number };
  webhooks: WebhookHealth;
  workers: WorkerHealth[];
  providers: Record<Provider, ProviderState>;
  /** Null while Temporal does not answer. */
  temporal: TemporalHealth | null;
}

/** Deliveries of events to endpoints that are enabled. */
interface WebhookHealth {
  pending: number;
  oldestSeconds: number;
  /** Endpoints that were disabled within the last day. */
  disabled: number;
  /** When the last of them was, epoch milliseconds. */
  newestAt: number;
}

interface WorkerHealth {
  id: string;
  queues: Queue[];
  buildId: string | null;
  version: string;
  lastSeenAt: number;
  /** It was seen in the last 20 s. */
  lives: boolean;
}

/** A build of Idem as Temporal knows it: whether runs begin on it, or are only still open on it. */
export interface WorkerVersion {
  buildId: string;
  state: "inactive" | "current" | "ramping" | "draining" | "drained";
  /** When Temporal first met a worker of it, epoch milliseconds. */
  since: number;
}

/** What Temporal holds that waits for a worker. */
export interface TemporalHealth {
  backlog: { queue: Queue; tasks: number }[];
  /** Open runs that are pinned to a build that has no live worker: nothing else carries them on. */
  stranded: { buildId: string; runs: number }[];
  /** Builds that Temporal knows, where workers have build ids. */
  versions: WorkerVersion[];
}

export interface ProviderState extends ProviderCalls {
  /** `unknown` as long as no live worker called it. */
  state: "up" | "down" | "unknown";
}

/** What several processes know of a provider, put together. */
export function stateOf(calls: readonly ProviderCalls[]): ProviderState {
  const answeredAt = latest(calls.map((of) => of.answeredAt));
  const failing = calls
    .filter((of) => of.failedAt !== null)
    .toSorted((a, b) => (b.failedAt ?? 0) - (a.failedAt ?? 0))[0];
  const failedAt = failing?.failedAt ?? null;
  const isDown = failedAt !== null && failedAt > (answeredAt ?? 0);
  // What had failed for one process before another was answered counts from then on.
  const since = calls.flatMap(({ failingSince, failedAt: last }) =>
    last !== null && last > (answeredAt ?? 0) ? [Math.max(failingSince ?? last, answeredAt ?? 0)] : [],
  );
  return {
    state: isDown ? "down" : answeredAt === null ? "unknown" : "up",
    answeredAt,
    failedAt,
    failingSince: isDown ? Math.min(...since) : null,
    failure: failing?.failure ?? null,
  };
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

/** How many live workers serve each queue. */
export function liveWorkers({ workers }: Pick<Health, "workers">): { queue: Queue; workers: number }[] {
  return QUEUES.map((queue) => ({
    queue,
    workers: workers.filter(({ lives, queues }) => lives && queues.includes(queue)).length,
  }));
}

/** Builds that have a live worker of runs: durable activities are not pinned. */
export function liveBuilds({ workers }: Pick<Health, "workers">): ReadonlySet<string> {
  const serving = workers.filter(({ lives, queues }) => lives && queues.includes("orders"));
  return new Set(serving.flatMap(({ buildId }) => buildId ?? []));
}

/**
 * Why runs are to begin on a build whose workers ask for that, if they are: it is newer than the current build, or the current
 * build has no live worker. So an older worker that restarts takes nothing back, and one that is left alone carries on.
 */
export function succession(
  buildId: string,
  versions: readonly WorkerVersion[],
  live: ReadonlySet<string>,
): "newer" | "left alone" | null {
  const own = versions.find((one) => one.buildId === buildId);
  const current = versions.find(({ state }) => state === "current");
  if (!own || own === current) return null;
  if (!current || own.since > current.since) return "newer";
  return live.has(current.buildId) ? null : "left alone";
}

/** Queues that no live worker serves. */
export function unservedQueues(health: Pick<Health, "workers">): Queue[] {
  return liveWorkers(health).flatMap(({ queue, workers }) => (workers === 0 ? [queue] : []));
}

/** Something that a person should know of now. */
export interface Alert {
  /** The same as long as it is the same matter. */
  name: string;
  /** When the newest of it came, epoch milliseconds: a newer one is worth another message. */
  newestAt: number;
  text: string;
  /** How long it is left to pass by itself. */
  afterMs: number;
}

/** A worker that is replaced is away for a moment. */
const WORKERS_AWAY_MS = 8_000;
/** A provider that has failed for less is not worth a message: it is asked again. */
const PROVIDER_FAILS_FOR_MS = 10_000;
const OUTBOX_WAITS_FOR_S = 30;
/** What a provider does not decide for so long, a person should know of. */
const UNDECIDED_FOR_S = 60;
/** What a provider answers again is acted on within 30 s (E4). */
const DECIDED_AGAIN_MS = 30_000;

export function alertsOf(health: Health, now: number): Alert[] {
  return [
    ...attentionAlerts(health),
    ...PROVIDERS.flatMap((name) => providerAlert(health, name, now) ?? undecidedAlert(health, name) ?? []),
    ...workerAlerts(health),
    ...currentBuildAlerts(health),
    ...strandedAlerts(health),
    ...outboxAlerts(health),
    ...webhookAlerts(health),
  ];
}

function attentionAlerts({ attentions }: Health): Alert[] {
  return attentions
    .filter(({ unacknowledged }) => unacknowledged > 0)
    .map(({ cause, currency, unacknowledged, amount, oldestSeconds, newestAt }) => ({
      name: `attentions/${cause}/${currency}`,
      newestAt,
      afterMs: 0,
      text:
        `${unacknowledged} open ${unacknowledged === 1 ? "attention" : "attentions"} ${cause}, ` +
        `${formatMoney(amount, currency)} at stake, the oldest for ${age(oldestSeconds)}`,
    }));
}

function providerAlert({ providers, operations }: Health, name: Provider, now: number): Alert | null {
  const { state, failingSince, failedAt, failure } = providers[name];
  if (state !== "down" || failingSince === null || now - failingSince < PROVIDER_FAILS_FOR_MS) return null;
  if (failedAt === failingSince) return null; // one call alone, such as a poll: the next one tells
  const waiting = operations.find(({ provider }) => provider === name)?.count ?? 0;
  const text =
    `the ${name} provider has not answered for ${age((now - failingSince) / 1000)} (${failure ?? "unknown"}); ` +
    `${waiting} operations await an outcome`;
  return { name: `provider/${name}`, newestAt: 0, afterMs: 0, text };
}

/** A provider that answers look-ups but no requests is never down for long, and yet nothing comes of what it is asked. */
function undecidedAlert({ operations }: Health, name: Provider): Alert | null {
  const undecided = operations.find(({ provider }) => provider === name);
  if (!undecided || undecided.oldestSeconds < UNDECIDED_FOR_S) return null;
  const { count, oldestSeconds } = undecided;
  const waiting = count === 1 ? "operation awaits" : "operations await";
  const text = `${count} ${waiting} an outcome from the ${name} provider, the oldest for ${age(oldestSeconds)}`;
  return { name: `operations/${name}`, newestAt: 0, afterMs: DECIDED_AGAIN_MS, text };
}

function workerAlerts(health: Health): Alert[] {
  return unservedQueues(health).map((queue) => ({
    name: `workers/${queue}`,
    newestAt: 0,
    afterMs: WORKERS_AWAY_MS,
    text: `no worker serves the queue ${queue}; ${tasksOf(health, queue)} tasks wait there`,
  }));
}

function tasksOf({ temporal }: Health, queue: Queue): number | string {
  return temporal?.backlog.find((one) => one.queue === queue)?.tasks ?? "an unknown number of";
}

function currentBuildAlerts(health: Health): Alert[] {
  const live = liveBuilds(health);
  const unserved = health.temporal?.versions.filter(({ state, buildId }) => state === "current" && !live.has(buildId));
  return (unserved ?? []).map(({ buildId }) => ({
    name: `current/${buildId}`,
    newestAt: 0,
    afterMs: WORKERS_AWAY_MS,
    text: `runs begin on build ${buildId}, which has no live worker: start one, or make another build current`,
  }));
}

function strandedAlerts({ temporal }: Health): Alert[] {
  return (temporal?.stranded ?? []).map(({ buildId, runs }) => ({
    name: `stranded/${buildId}`,
    newestAt: 0,
    afterMs: WORKERS_AWAY_MS,
    text: `${runs} open runs are pinned to build ${buildId}, which has no live worker: start one until they are done`,
  }));
}

function outboxAlerts({ outbox: { rows, oldestSeconds } }: Health): Alert[] {
  if (oldestSeconds < OUTBOX_WAITS_FOR_S) return [];
  const text = `${rows} outbox rows await delivery to Temporal, the oldest for ${age(oldestSeconds)}`;
  return [{ name: "outbox", newestAt: 0, afterMs: 0, text }];
}

function webhookAlerts({ webhooks: { disabled, newestAt } }: Health): Alert[] {
  if (disabled === 0) return [];
  const text = `${disabled} webhook ${disabled === 1 ? "endpoint was" : "endpoints were"} disabled within the last day`;
  return [{ name: "webhooks", newestAt, afterMs: 0, text }];
}

function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
