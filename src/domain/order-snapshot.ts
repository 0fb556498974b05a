import type { AttentionCause } from "./attention.js";
import type { FailureCode } from "./failure.js";
import type { RefundStatus } from "./refund.js";
import type { ShipmentStatus } from "./shipment.js";
import type { Status } from "./status.js";

/** What an order's run goes by: ids, statuses, amounts and times, no personal data. Times are epoch milliseconds. */
export interface OrderSnapshot {
  /** Of two snapshots the one with the larger version is the newer. */
  version: number;
  status: Status;
  failure: FailureCode | null;
  /** Whether completed steps are to be compensated. */
  aborting: boolean;
  closed: boolean;
  currency: string;
  authorized: number;
  captured: number;
  refunded: number;
  paymentUnknown: boolean;
  shipments: { id: string; status: ShipmentStatus }[];
  attentions: { step: string; cause: AttentionCause }[];
  /** Activities that move the order on now, as `activity` or `activity/subject`. */
  due: string[];
  /** When the order expires if nothing happens before, and of what. */
  deadline: { kind: "payment" | "approval" | "authorization"; at: number } | null;
  /** Every fact up to this number was applied. */
  appliedThrough: number;
}

/** What a refund's run goes by. */
export interface RefundSnapshot {
  version: number;
  status: RefundStatus;
  amount: number;
  currency: string;
  /** Whether the provider is to be asked for it now. */
  due: boolean;
  /** Whether the customer's email is still due. */
  emailDue: boolean;
  appliedThrough: number;
}
