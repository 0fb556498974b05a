/** How a run stands in Temporal. `gone`: Temporal knows it no more. */
export type RunState = "open" | "closed" | "gone";

/** Asks Temporal about runs; throws when it does not answer. */
export interface Runs {
  /** The order's own run. */
  ofOrder(orderId: string): Promise<RunState>;
  /** The run that took an order over. */
  ofSettler(orderId: string): Promise<RunState>;
  ofRefund(refundId: string): Promise<RunState>;
}
