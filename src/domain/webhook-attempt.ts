/** Why an attempt brought no answer. */
export const ATTEMPT_ERRORS = ["address_not_allowed", "dns", "connection", "tls", "timeout"] as const;
export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** One request to an endpoint. */
export interface Attempt {
  /** Epoch milliseconds. */
  at: number;
  durationMs: number;
  /** The answer's; null where there was none. */
  statusCode: number | null;
  error: AttemptError | null;
  /** The beginning of the answer's body. */
  excerpt: string | null;
}

export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** `gone`: it answered 410. `failing`: it accepted nothing for as long as deliveries are repeated. */
export const DISABLED_REASONS = ["gone", "failing"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export interface WebhookPolicy {
  /** The longest pause between two attempts. */
  retryMaxMs: number;
  /** How long a delivery is repeated, and an endpoint may accept nothing. */
  giveUpAfterMs: number;
}

const FIRST_PAUSE_MS = 5_000;
/** Beyond this the pause does not grow, whatever the longest is. */
const MOST_DOUBLINGS = 16;

/** The pause after so many attempts that failed. `random`, of 0 to 1, takes up to a quarter off, so that repeats spread. */
export function pauseAfter(failures: number, { retryMaxMs }: WebhookPolicy, random: number): number {
  const pause = FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, MOST_DOUBLINGS);
  return Math.round(Math.min(pause, retryMaxMs) * (1 - random / 4));
}

/** Only 2xx is an acceptance; a redirect is none. */
export function isAccepted({ statusCode }: Attempt): boolean {
  return statusCode !== null && statusCode >= 200 && statusCode < 300;
}

export function isGone({ statusCode }: Attempt): boolean {
  return statusCode === 410;
}

/** What an attempt came to, as a metric says it. */
export function resultOf(attempt: Attempt): "accepted" | "refused" | AttemptError {
  return attempt.error ?? (isAccepted(attempt) ? "accepted" : "refused");
}

/** What an attempt makes of its delivery. */
export interface DeliveryVerdict {
  status: DeliveryStatus;
  /** Until the next attempt. */
  pauseMs: number;
}

/** A delivery before an attempt. */
export interface AttemptedDelivery {
  /** How many failed. */
  attempts: number;
  /** The first of them, or when the endpoint was enabled again; epoch milliseconds. */
  since: number | null;
}

/** @param endpointAccepts whether others are accepted. Only then is a delivery given up: else it waits for its endpoint. */
export function judgeDelivery(
  attempt: Attempt,
  { attempts, since }: AttemptedDelivery,
  endpointAccepts: boolean,
  policy: WebhookPolicy,
  random: number,
): DeliveryVerdict {
  if (isAccepted(attempt)) return { status: "delivered", pauseMs: 0 };
  const isOver = since !== null && attempt.at - since >= policy.giveUpAfterMs;
  if (isOver && endpointAccepts) return { status: "failed", pauseMs: 0 };
  return { status: "pending", pauseMs: pauseAfter(attempts + 1, policy, random) };
}

/** How an endpoint answers: batches without an acceptance, and since when. */
export interface EndpointState {
  failures: number;
  /** Epoch milliseconds; null while the last batch had an acceptance. */
  failingSince: number | null;
}

export interface EndpointVerdict extends EndpointState {
  /** Until the next batch. A single failing batch is none of the endpoint's: it may be of one event alone. */
  pauseMs: number;
  disabled: DisabledReason | null;
  /** It accepts again after it was down: what was put off is due now. */
  recovered: boolean;
}

/** Failing batches after which an endpoint counts as down. */
const DOWN_AFTER = 3;

/** What a batch of attempts, of which there is at least one, makes of its endpoint. */
export function judgeEndpoint(
  batch: readonly Attempt[],
  { failures, failingSince }: EndpointState,
  policy: WebhookPolicy,
  random: number,
): EndpointVerdict {
  const works = { failures: 0, failingSince: null, pauseMs: 0, disabled: null, recovered: false };
  if (batch.some(isGone)) return { ...works, disabled: "gone" };
  if (batch.some(isAccepted)) return { ...works, recovered: failures >= DOWN_AFTER };
  const times = batch.map(({ at }) => at);
  const since = failingSince ?? Math.min(...times);
  return {
    failures: failures + 1,
    failingSince: since,
    pauseMs: failures === 0 ? 0 : pauseAfter(failures, policy, random),
    disabled: Math.max(...times) - since >= policy.giveUpAfterMs ? "failing" : null,
    recovered: false,
  };
}
