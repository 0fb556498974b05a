import type { Activities } from "../activities/index.js";

export type ActivityName = keyof Activities;
export type Input<A extends ActivityName> = Parameters<Activities[A]>;
export type Result<A extends ActivityName> = Awaited<ReturnType<Activities[A]>>;

/** What the Temporal UI shows of a run. */
export interface RunDetails {
  /** Markdown. */
  text: string;
  /** What the run is listed under; null for a run that is no order's. */
  status: string | null;
  needsAttention: boolean;
}

/**
 * Everything that the runs of orders and refunds ask of the engine that carries them out: Temporal, or the deterministic
 * driver of the simulation.
 */
export interface Runtime {
  /** This run's id: the same over retries, resets and replays. */
  readonly runId: string;
  /** Tries an activity once inside the workflow task; rejects when that brings no answer. */
  tryInline<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>>;
  /** Executes an activity until it answers, however long that takes. */
  execute<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>>;
  /** Waits until a fact holds or the time is up; returns whether it holds. The summary names the timer. */
  condition(fact: () => boolean, timeout?: { ms: number; summary: string }): Promise<boolean>;
  /** Epoch milliseconds. */
  now(): number;
  /** Receives every signal, whatever its name. */
  onSignal(handler: (payload: { number: number | null }) => void): void;
  show(details: RunDetails): void;
}
