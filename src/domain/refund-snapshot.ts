/** What a refund's run must know of it. */
export interface RefundFacts {
  revision: number;
  status: "accepted" | "succeeded" | "failed" | "needs_attention";
  /** Whether the buyer is still to be told. */
  mailDue: boolean;
}
