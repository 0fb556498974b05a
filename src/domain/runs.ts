/**
 * How a run is known to Temporal. `completed`: it came to its end by itself. `closed`: it was ended from outside. `gone`:
 * Temporal knows it no more.
 */
export type RunState = "open" | "completed" | "closed" | "gone";

/** Runs as reconciliation knows them; each throws when Temporal does not answer. */
export interface Runs {
  /** The order's own run. */
  ofOrder(orderId: string): Promise<RunState>;
  /** The run that took an order over. */
  ofTakeover(orderId: string): Promise<RunState>;
  ofRefund(refundId: string): Promise<RunState>;
  /** Has an open run begin again from the order database unless it executes something; whether it did. */
  restartIdle(workflowId: string): Promise<boolean>;
  /** The orders whose own runs started since then, open or closed, newest first. */
  ordersSince(from: Date): AsyncIterable<string>;
}
