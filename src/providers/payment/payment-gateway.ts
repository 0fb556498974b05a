import type { Payment, ProviderRefund } from "../../domain/payment.js";

/** What every call that moves something carries; the same key always means the same request. */
interface Keyed {
  key: string;
  orderId: string;
}

export interface AuthorizeRequest extends Keyed {
  amount: number;
  currency: string;
  method: string;
  returnUrl: string;
  /** Kept with the payment: whose it is, should the order database lose the order. */
  tenantTag: string;
  /** The shop's own, kept with the payment for whoever reads it there; null for none. */
  reference: string | null;
}

export interface CaptureRequest extends Keyed {
  reference: string;
  currency: string;
  amount: number;
  shipmentId: string;
  /** Whether the provider releases the rest of the authorization with it. */
  final: boolean;
}

export interface VoidRequest extends Keyed {
  reference: string;
}

export interface RefundRequest extends Keyed {
  reference: string;
  currency: string;
  amount: number;
  refundId: string;
}

/** When a call that is looked up may have taken effect. */
export interface TimeRange {
  from: Date;
  to: Date;
}

/** A page of a provider's list, and where the next one starts; null for the last one. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface ListedPayment extends Payment {
  refunded: number;
  /** Null where the payment was not made by Idem, or before it kept a tag. */
  tenantTag: string | null;
}

/**
 * The payment provider. Each call returns a fact or throws a ProviderError. A decline is a fact: a payment in state
 * `failed`. Capture and void of a payment that is past it return the payment as it is.
 */
export interface PaymentGateway {
  /** The smallest amount of a currency that the provider can capture; every amount must be a multiple. Minor units. */
  granularity(currency: string): number;
  authorize(request: AuthorizeRequest, timeoutMs: number): Promise<Payment>;
  capture(request: CaptureRequest, timeoutMs: number): Promise<Payment>;
  void(request: VoidRequest, timeoutMs: number): Promise<Payment>;
  refund(request: RefundRequest, timeoutMs: number): Promise<ProviderRefund>;
  retrieve(reference: string, timeoutMs: number): Promise<Payment>;
  /** Looks an order's payment up in the provider's list (never its search, which lags); null proves nothing. */
  findPayment(orderId: string, made: TimeRange, timeoutMs: number): Promise<Payment | null>;
  /** The newest refund made for `refundId` since then; null proves nothing. */
  findRefund(reference: string, refundId: string, since: Date, timeoutMs: number): Promise<ProviderRefund | null>;
  /** The provider's payments that were made in a time, newest first. */
  listPayments(made: TimeRange, after: string | null, timeoutMs: number): Promise<Page<ListedPayment>>;
  /** The provider's refunds that were made in a time, newest first, each with the payment it belongs to. */
  listRefunds(
    made: TimeRange,
    after: string | null,
    timeoutMs: number,
  ): Promise<Page<ProviderRefund & { paymentReference: string | null; orderId: string | null }>>;
}
