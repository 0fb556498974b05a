/** What a test payment method does, under Stripe's names. */
export interface TestCard {
  brand: string;
  last4: string;
  decline?: string;
  /** The customer must authenticate first; a decline, if any, follows. */
  requiresAction?: true;
  refund?: RefundCourse;
}

/** `pending` succeeds later, `fails` is pending and then fails, `fails-late` succeeds and then fails. */
export type RefundCourse = "pending" | "fails" | "fails-late";

const visa = { brand: "visa", last4: "4242" };

const CARDS: Record<string, TestCard> = {
  pm_card_visa: visa,
  pm_card_visa_debit: { ...visa, last4: "5556" },
  pm_card_mastercard: { brand: "mastercard", last4: "4444" },
  pm_card_mastercard_debit: { brand: "mastercard", last4: "3222" },
  pm_card_mastercard_prepaid: { brand: "mastercard", last4: "5100" },
  pm_card_amex: { brand: "amex", last4: "8431" },
  pm_card_discover: { brand: "discover", last4: "9424" },
  pm_card_diners: { brand: "diners", last4: "0004" },
  pm_card_jcb: { brand: "jcb", last4: "0505" },
  pm_card_unionpay: { brand: "unionpay", last4: "0005" },
  pm_card_us: visa,
  pm_card_gb: visa,
  pm_card_de: visa,
  pm_card_fr: visa,
  pm_card_jp: visa,
  pm_card_chargeDeclined: { ...visa, last4: "0002", decline: "generic_decline" },
  pm_card_chargeDeclinedInsufficientFunds: { ...visa, last4: "9995", decline: "insufficient_funds" },
  pm_card_chargeDeclinedLostCard: { ...visa, last4: "9987", decline: "lost_card" },
  pm_card_chargeDeclinedStolenCard: { ...visa, last4: "9979", decline: "stolen_card" },
  pm_card_chargeDeclinedExpiredCard: { ...visa, last4: "0069", decline: "expired_card" },
  pm_card_chargeDeclinedIncorrectCvc: { ...visa, last4: "0127", decline: "incorrect_cvc" },
  pm_card_chargeDeclinedProcessingError: { ...visa, last4: "0119", decline: "processing_error" },
  pm_card_chargeDeclinedVelocityLimitExceeded: { ...visa, last4: "6975", decline: "card_velocity_exceeded" },
  pm_card_chargeDeclinedFraudulent: { ...visa, last4: "0019", decline: "fraudulent" },
  pm_card_radarBlock: { ...visa, last4: "0019", decline: "fraudulent" },
  pm_card_chargeCustomerFail: { ...visa, last4: "0341", decline: "generic_decline" },
  pm_card_authenticationRequired: { ...visa, last4: "3184", requiresAction: true },
  pm_card_authenticationRequiredOnSetup: { ...visa, last4: "3155", requiresAction: true },
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: {
    ...visa,
    last4: "8260",
    requiresAction: true,
    decline: "insufficient_funds",
  },
  pm_card_threeDSecureRequired: { ...visa, last4: "3063", requiresAction: true },
  pm_card_threeDSecure2Required: { ...visa, last4: "3220", requiresAction: true },
  pm_card_threeDSecureRequiredChargeDeclined: {
    ...visa,
    last4: "1629",
    requiresAction: true,
    decline: "generic_decline",
  },
  pm_card_threeDSecureRequiredProcessingError: {
    ...visa,
    last4: "1627",
    requiresAction: true,
    decline: "processing_error",
  },
  pm_card_threeDSecureOptional: { ...visa, last4: "3055" },
  pm_card_pendingRefund: { ...visa, last4: "7726", refund: "pending" },
  pm_card_refundFail: { ...visa, last4: "5126", refund: "fails" },
  pm_card_refundFailLate: { ...visa, last4: "5126", refund: "fails-late" },
};

/** The card behind a test payment method; undefined for an unknown name. */
export function testCard(method: string): TestCard | undefined {
  const plain = method.replace("pm_card_visa_chargeDeclined", "pm_card_chargeDeclined");
  return Object.hasOwn(CARDS, plain) ? CARDS[plain] : undefined;
}

const OWN_CODES = new Set(["expired_card", "incorrect_cvc", "processing_error"]);

export function declineProblem(declineCode: string): { code: string; message: string } {
  const code = OWN_CODES.has(declineCode) ? declineCode : "card_declined";
  const message = MESSAGES[declineCode] ?? "Your card was declined.";
  return { code, message };
}

const MESSAGES: Record<string, string> = {
  insufficient_funds: "Your card has insufficient funds.",
  expired_card: "Your card has expired.",
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: "An error occurred while processing your card. Try again in a little bit.",
};
