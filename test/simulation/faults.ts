import { ProviderError } from "../../src/providers/provider-error.js";
import type { Random } from "./random.js";

export const OPERATIONS = ["authorize", "capture", "void", "refund", "request", "recall"] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What a call to a provider may meet. */
const CALL_FAULTS = ["lost before", "lost after", "5xx", "refusal", "401", "contradiction", "limited"] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Everything that each operation has to survive. */
export const FAULTS = [
  "lost before",
  "lost after",
  "5xx",
  "refusal",
  "401",
  "contradiction",
  "late event",
  "early event",
  "run lost and taken over",
] as const;
export type Fault = (typeof FAULTS)[number];

/** An outage is no refusal, and what it does it does to every call. */
const OUTAGES = ["lost before", "5xx", "401"] as const;

export interface Outage {
  operation: OperationName;
  fault: CallFault;
  /** Begins with the operation's first call. Milliseconds. */
  lastsMs: number;
}

/** What goes wrong in one simulated order. */
export interface FaultPlan {
  calls: Record<OperationName, CallFault[]>;
  outage: Outage | null;
  /** The order's or the refund's run is lost while this operation is in progress. */
  losesRun: { operation: OperationName; state: "closed" | "gone" } | null;
  /** After so many reaches outside, a worker dies. */
  workerDiesAfter: number[];
  /** How often a statement is slow, and how often its answer is lost. */
  database: { slow: number; lost: number };
}

/** Operations that few orders come to are drawn more often. */
const LOSERS: readonly OperationName[] = [...OPERATIONS, "recall", "recall", "recall", "void", "refund", "refund"];

/** Draws what goes wrong; in an order out of ten, nothing. */
export function drawFaults(random: Random): FaultPlan {
  const isFaultless = random.chance(0.1);
  const draws = (probability: number) => !isFaultless && random.chance(probability);
  return {
    calls: {
      authorize: draws(0.3) ? drawCalls(random, 0.04) : [],
      capture: draws(0.4) ? drawCalls(random, 0.25) : [],
      void: draws(0.5) ? drawCalls(random, 0.25) : [],
      refund: draws(0.5) ? drawCalls(random, 0.25) : [],
      request: draws(0.35) ? drawCalls(random, 0.15) : [],
      recall: draws(0.6) ? drawCalls(random, 0.25) : [],
    },
    outage: draws(0.04)
      ? {
          operation: random.pick(OPERATIONS),
          fault: random.pick(OUTAGES),
          lastsMs: random.between(150_000, 500_000),
        }
      : null,
    losesRun: draws(0.15) ? { operation: random.pick(LOSERS), state: random.pick(["closed", "gone"]) } : null,
    workerDiesAfter: draws(0.15) ? [random.between(1, 40), ...(random.chance(0.3) ? [random.between(1, 40)] : [])] : [],
    database: { slow: draws(0.5) ? 0.02 : 0, lost: draws(0.2) ? 0.03 : 0 },
  };
}

/** One to three calls; a refusal often decides, and is drawn less often. */
function drawCalls(random: Random, decisive: number): CallFault[] {
  return Array.from({ length: random.between(1, 3) }, () =>
    random.chance(decisive)
      ? random.pick(["refusal", "contradiction"] as const)
      : random.pick(["lost before", "lost after", "5xx", "401", "limited"] as const),
  );
}

/** Hands the faults of a plan out, call by call. */
export class Faults {
  private readonly left: Record<OperationName, CallFault[]>;
  private outageEndsAt: number | null = null;
  private readonly outage: Outage | null;

  constructor(plan: FaultPlan) {
    this.outage = plan.outage;
    this.left = Object.fromEntries(OPERATIONS.map((name) => [name, [...plan.calls[name]]])) as Record<
      OperationName,
      CallFault[]
    >;
  }

  /** What the next call of the operation meets; null for nothing. */
  next(operation: OperationName, now: number): CallFault | null {
    if (this.outage?.operation === operation) {
      this.outageEndsAt ??= now + this.outage.lastsMs;
      if (now < this.outageEndsAt) return this.outage.fault;
    }
    return this.left[operation].shift() ?? null;
  }

  /** Whether a look-up for the operation fails, too. */
  failsLookUp(operation: OperationName, now: number): boolean {
    return this.outage?.operation === operation && this.outageEndsAt !== null && now < this.outageEndsAt;
  }
}

/** How a fault that is an answer shows. */
export function errorOf(fault: "5xx" | "refusal" | "401" | "limited"): ProviderError {
  switch (fault) {
    case "5xx":
      return new ProviderError("unknown", "http_500");
    case "refusal":
      return new ProviderError("rejected", "refused");
    case "401":
      return new ProviderError("unauthorized", "http_401");
    case "limited":
      return new ProviderError("limited", "http_429", { retryAfterMs: 2_000 });
  }
}
