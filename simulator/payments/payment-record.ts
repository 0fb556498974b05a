export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "requires_capture"
  | "canceled"
  | "succeeded";

export interface PaymentProblem {
  type: "card_error";
  code: string;
  message: string;
  decline_code?: string;
  charge?: string;
  doc_url?: string;
  payment_method?: object;
}

export interface Intent {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_capturable: number;
  amount_received: number;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: "automatic" | "manual";
  client_secret: string;
  confirmation_method: "automatic";
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  last_payment_error: PaymentProblem | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Record<string, string>;
  payment_method: string | null;
  payment_method_options: { card: { request_three_d_secure: "automatic"; request_multicapture?: string } };
  payment_method_types: ["card"];
  receipt_email: string | null;
  statement_descriptor: string | null;
  status: IntentStatus;
}

export interface Charge {
  id: string;
  object: "charge";
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  created: number;
  currency: string;
  customer: string | null;
  disputed: false;
  failure_code: string | null;
  failure_message: string | null;
  livemode: false;
  metadata: Record<string, string>;
  outcome: object;
  paid: boolean;
  payment_intent: string;
  payment_method: string | null;
  payment_method_details: {
    type: "card";
    card: {
      brand: string;
      last4: string;
      capture_before: number;
      multicapture: { status: "available" | "unavailable" };
    };
  };
  refunded: boolean;
  status: "failed" | "succeeded";
}

export interface Refund {
  id: string;
  object: "refund";
  amount: number;
  balance_transaction: string;
  charge: string;
  created: number;
  currency: string;
  destination_details: object;
  failure_reason?: string;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string | null;
  status: "pending" | "succeeded" | "failed";
}

/** An intent with its charges and refunds: one unit, so that a snapshot never holds half of a payment. */
export interface Payment {
  intent: Intent;
  charges: Charge[];
  refunds: Refund[];
  /** The amount first requested, whatever a fault made of it. */
  asked: number;
  createdMs: number;
  returnUrl: string | null;
  settlements: { refund: string; at: number; to: "succeeded" | "failed"; key: string | null }[];
}

export function orderOf({ intent }: Payment): string | null {
  return intent.metadata["orderId"] ?? null;
}

export function liveCharge({ intent, charges }: Payment): Charge | undefined {
  return charges.find((charge) => charge.id === intent.latest_charge);
}

export interface View {
  baseUrl: string;
  expandCharge?: boolean;
}

/** An intent as Stripe shows it. */
export function shownIntent(payment: Payment, { baseUrl, expandCharge = false }: View): object {
  const { intent, returnUrl } = payment;
  const url = `${baseUrl}/customer/${intent.id}`;
  return {
    ...intent,
    next_action:
      intent.status === "requires_action"
        ? { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } }
        : null,
    latest_charge: expandCharge ? expandedCharge(payment) : intent.latest_charge,
    amount_details: { tip: {} },
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    on_behalf_of: null,
    processing: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
  };
}

function expandedCharge(payment: Payment): object | null {
  const charge = liveCharge(payment);
  return charge ? shownCharge(charge) : null;
}

/** A charge as Stripe shows it. */
export function shownCharge(charge: Charge): object {
  return { ...charge, balance_transaction: null, billing_details: {}, application: null, refunds: null };
}
