import type { Payment, PaymentTerms, ProviderRefund } from "../../src/domain/payment.js";
import type {
  AuthorizeRequest,
  CaptureRequest,
  RefundRequest,
  VoidRequest,
} from "../../src/providers/payment/payment-gateway.js";
import { ProviderError, providerReason } from "../../src/providers/provider-error.js";

export type Card = "good" | "declined" | "asks the customer" | "slow";

export interface HeldPayment extends Payment {
  refunded: number;
  createdAt: number;
}

export interface MadeRefund extends ProviderRefund {
  paymentReference: string;
  createdAt: number;
}

/** What happens at the provider after it answered, or before; reported to the world, which makes events of it. */
export interface PaymentListener {
  paymentChanged(payment: HeldPayment, type: string): void;
  refundChanged(refund: MadeRefund): void;
}

export interface PaymentTraits {
  card: Card;
  terms: PaymentTerms;
  /** Whether refunds are made at once, or later. */
  refundsArePending: boolean;
}

/**
 * A payment provider that behaves as Stripe does: one payment or refund for a key, whose first answer is given again for
 * it; captures up to what is held; a payment that is past a request shown as it is.
 */
export class PaymentProvider {
  readonly payments: HeldPayment[] = [];
  readonly refunds: MadeRefund[] = [];
  private readonly answers = new Map<string, { request: string; answer: () => unknown }>();
  private readonly traits: PaymentTraits;
  private readonly listener: PaymentListener;
  private readonly now: () => number;

  constructor(traits: PaymentTraits, listener: PaymentListener, now: () => number) {
    this.traits = traits;
    this.listener = listener;
    this.now = now;
  }

  /** Makes the payment that was asked for, or another one. */
  authorize(request: AuthorizeRequest, made: AuthorizeRequest = request): Payment {
    return this.once(request, () => {
      const { card, terms } = this.traits;
      const { orderId, amount, currency } = made;
      const state = STATES[card];
      const payment: HeldPayment = {
        ...{ reference: `pi_${this.payments.length + 1}`, orderId, state, amount, currency },
        ...{ capturable: state === "authorized" ? amount : 0, received: 0, refunded: 0 },
        terms: state === "authorized" ? terms : null,
        reason: state === "failed" ? DECLINED : null,
        actionUrl: state === "action_required" ? "https://bank.example/confirm" : null,
        createdAt: this.now(),
      };
      this.payments.push(payment);
      this.log(payment);
      return shown(payment);
    });
  }

  capture(request: CaptureRequest): Payment {
    return this.once(request, () => {
      const payment = this.find(request.reference);
      if (payment.state !== "authorized") return shown(payment);
      if (request.amount > payment.capturable) throw new ProviderError("rejected", "amount_too_large");
      this.take(payment, request.amount, request.final || !this.traits.terms.multicapture);
      return shown(payment);
    });
  }

  void(request: VoidRequest): Payment {
    return this.once(request, () => {
      const payment = this.find(request.reference);
      this.release(payment);
      return shown(payment);
    });
  }

  refund(request: RefundRequest): ProviderRefund {
    return this.once(request, () => {
      const payment = this.find(request.reference);
      const promised = this.refunds
        .filter(({ paymentReference, state }) => paymentReference === payment.reference && state !== "failed")
        .reduce((sum, { amount }) => sum + amount, 0);
      if (request.amount > payment.received - promised) throw new ProviderError("rejected", "charge_already_refunded");
      const refund: MadeRefund = {
        ...{ reference: `re_${this.refunds.length + 1}`, amount: request.amount, refundId: request.refundId },
        ...{ state: this.traits.refundsArePending ? "pending" : "succeeded", reason: null },
        ...{ paymentReference: payment.reference, createdAt: this.now() },
      };
      this.refunds.push(refund);
      if (refund.state === "succeeded") payment.refunded += refund.amount;
      this.listener.refundChanged({ ...refund });
      return shownRefund(refund);
    });
  }

  /** Whether its first answer says what becomes of a payment. */
  get decidesAtOnce(): boolean {
    return this.traits.card === "good" || this.traits.card === "declined";
  }

  retrieve(reference: string): Payment {
    return shown(this.find(reference));
  }

  findPayment(orderId: string): Payment | null {
    const payment = this.payments.find((one) => one.orderId === orderId);
    return payment ? shown(payment) : null;
  }

  findRefund(refundId: string, since: number): ProviderRefund | null {
    const refund = this.refunds.findLast((one) => one.refundId === refundId && one.createdAt >= since - 1_000);
    return refund ? shownRefund(refund) : null;
  }

  /** The customer or the bank decides about a payment that waits for it. */
  decide(reference: string, isGood: boolean): void {
    const payment = this.find(reference);
    if (payment.state !== "action_required" && payment.state !== "processing") return;
    payment.actionUrl = null;
    if (isGood) Object.assign(payment, { state: "authorized", capturable: payment.amount, terms: this.traits.terms });
    else Object.assign(payment, { state: "failed", reason: DECLINED });
    this.log(payment);
  }

  /** The provider drops what is held, or it is voided by hand. */
  release(payment: HeldPayment): void {
    if (payment.state === "captured" || payment.state === "voided") return;
    payment.capturable = 0;
    payment.actionUrl = null;
    payment.state = payment.received > 0 ? "captured" : "voided";
    this.log(payment);
  }

  /** Money is captured by hand, as far as something is held. */
  take(payment: HeldPayment, amount: number, isFinal: boolean): void {
    const taken = Math.min(amount, payment.capturable);
    payment.received += taken;
    payment.capturable = isFinal ? 0 : payment.capturable - taken;
    if (payment.capturable === 0) payment.state = "captured";
    this.log(payment);
  }

  /** A refund that was pending is made, or one fails; the money of one that had been made comes back. */
  decideRefund(reference: string, state: "succeeded" | "failed"): void {
    const refund = this.refunds.find((one) => one.reference === reference);
    if (!refund || refund.state === "failed" || refund.state === state) return;
    const payment = this.find(refund.paymentReference);
    if (state === "succeeded") payment.refunded += refund.amount;
    else if (refund.state === "succeeded") payment.refunded -= refund.amount;
    refund.state = state;
    if (state === "failed") refund.reason = providerReason("expired_or_canceled_card");
    this.listener.refundChanged({ ...refund });
  }

  private find(reference: string): HeldPayment {
    const payment = this.payments.find((one) => one.reference === reference);
    if (!payment) throw new ProviderError("rejected", "resource_missing");
    return payment;
  }

  private log(payment: HeldPayment): void {
    this.listener.paymentChanged({ ...payment }, EVENT_TYPES[payment.state]);
  }

  /** The same key is the same request, and has one answer. */
  private once<T>(request: { key: string }, make: () => T): T {
    const text = JSON.stringify(request);
    const known = this.answers.get(request.key);
    if (known) {
      if (known.request !== text) throw new ProviderError("unauthorized", "idempotency_error");
      return known.answer() as T;
    }
    const answer = answerOf(make);
    this.answers.set(request.key, { request: text, answer });
    return answer();
  }

  /** Refuses a request for good; what was done under the key before stays the answer. */
  refuse(request: { key: string }): Payment & ProviderRefund {
    return this.once<Payment & ProviderRefund>(request, () => {
      throw new ProviderError("rejected", "refused");
    });
  }
}

const STATES = {
  good: "authorized",
  declined: "failed",
  "asks the customer": "action_required",
  slow: "processing",
} as const;

const EVENT_TYPES = {
  created: "payment_intent.created",
  processing: "payment_intent.processing",
  action_required: "payment_intent.requires_action",
  authorized: "payment_intent.amount_capturable_updated",
  captured: "payment_intent.succeeded",
  voided: "payment_intent.canceled",
  failed: "payment_intent.payment_failed",
} as const;

const DECLINED = providerReason("card_declined", { declineCode: "insufficient_funds" });

function answerOf<T>(make: () => T): () => T {
  try {
    const made = make();
    return () => made;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function shown({ refunded: _refunded, createdAt: _createdAt, ...payment }: HeldPayment): Payment {
  return { ...payment };
}

function shownRefund({ paymentReference: _reference, createdAt: _createdAt, ...refund }: MadeRefund): ProviderRefund {
  return { ...refund };
}
