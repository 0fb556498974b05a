import type { Fault } from "../fault-script.js";
import { randomToken } from "../random-token.js";
import type { StripeContext } from "./stripe-context.js";
import type { Charge, Payment } from "./payment-record.js";
import { declineProblem, type TestCard } from "./test-cards.js";

const CAPTURE_WINDOW_SECONDS = 7 * 86_400;

export interface ChargeCourse {
  card: TestCard;
  fault: Fault | null;
  decline?: string;
}

/** Creates the charge of a payment attempt and makes it the latest of its intent. */
export function issueCharge(stripe: StripeContext, payment: Payment, course: ChargeCourse): Charge {
  const charge = newCharge(stripe, payment, course);
  stripe.store.addCharge(payment, charge);
  payment.intent.latest_charge = charge.id;
  return charge;
}

function newCharge(stripe: StripeContext, { intent }: Payment, { card, fault, decline }: ChargeCourse): Charge {
  const problem = decline === undefined ? null : declineProblem(decline);
  const created = Math.floor(Date.now() / 1_000);
  const window = fault?.action === "short-authorization" ? (fault.seconds ?? 60) : CAPTURE_WINDOW_SECONDS;
  const several = intent.payment_method_options.card.request_multicapture === "if_available" && granted(stripe, fault);
  return {
    id: randomToken("ch_3"),
    object: "charge",
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    captured: false,
    created,
    currency: intent.currency,
    customer: intent.customer,
    disputed: false,
    failure_code: problem?.code ?? null,
    failure_message: problem?.message ?? null,
    livemode: false,
    metadata: { ...intent.metadata },
    outcome: outcomeOf(decline),
    paid: !problem,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    payment_method_details: {
      type: "card",
      card: {
        brand: card.brand,
        last4: card.last4,
        capture_before: created + window,
        multicapture: { status: several ? "available" : "unavailable" },
      },
    },
    refunded: false,
    status: problem ? "failed" : "succeeded",
  };
}

function granted(stripe: StripeContext, fault: Fault | null): boolean {
  return stripe.state.config.multicapture || fault?.action === "grant-multicapture";
}

function outcomeOf(decline: string | undefined): object {
  return decline === undefined
    ? { network_status: "approved_by_network", reason: null, risk_level: "normal", type: "authorized" }
    : { network_status: "declined_by_network", reason: decline, risk_level: "normal", type: "issuer_declined" };
}
