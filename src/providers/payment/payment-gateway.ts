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
}

export interface CaptureRequest extends Keyed {
  reference: string;
  currency: string;
  amount: number;
  shipmentId: string;
  /** Whether the rest of the authorization is let go with it. */
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

/**
 * The payment provider. Each call answers with a fact or throws a ProviderError. A decline is a fact: a payment in
 * state `failed`. Capture and void of a payment that is past it answer with the payment as it stands.
 */
export interface PaymentGateway {
  authorize(request: AuthorizeRequest, timeoutMs: number): Promise<Payment>;
  capture(request: CaptureRequest, timeoutMs: number): Promise<Payment>;
  void(request: VoidRequest, timeoutMs: number): Promise<Payment>;
  refund(request: RefundRequest, timeoutMs: number): Promise<ProviderRefund>;
  retrieve(reference: string, timeoutMs: number): Promise<Payment>;
  /** Looks an order's payment up in the provider's list (never its search, which lags); null proves nothing. */
  findPayment(orderId: string, since: Date, timeoutMs: number): Promise<Payment | null>;
  /** The newest refund made for `refundId` since then; null proves nothing. */
  findRefund(reference: string, refundId: string, since: Date, timeoutMs: number): Promise<ProviderRefund | null>;
  /** A page of the provider's newest payments since then, and where the next page starts. */
  listPayments(since: Date, after: string | null, timeoutMs: number): Promise<PaymentPage>;
}

export interface PaymentPage {
  /** Each with what of it was refunded. */
  payments: (Payment & { refunded: number })[];
  next: string | null;
}
