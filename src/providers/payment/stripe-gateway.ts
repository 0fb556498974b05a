import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import Stripe from "stripe";
import type { Payment } from "../../domain/payment.js";
import type { PaymentGateway } from "./payment-gateway.js";
import { fromStripeAmount, toStripeAmount } from "./stripe-currency.js";
import { intentOf, toProviderError } from "./stripe-failure.js";
import { toPayment, toProviderRefund } from "./stripe-payment.js";

export interface StripeSettings {
  secretKey: string;
  /** null talks to Stripe itself. */
  apiBase: string | null;
}

/** How far our clock and the provider's may differ when a list is narrowed by time. */
const CLOCK_SKEW_S = 300;
const LIST_PAGE = 100;
/** A look-up by list ends here; what lies beyond is looked for again later. */
const LIST_LIMIT = 10_000;

/** The SDK without retries of its own: a repeat is our decision and carries our key. */
export function createStripe(settings: StripeSettings): Stripe {
  const base = settings.apiBase === null ? null : new URL(settings.apiBase);
  const secure = base === null || base.protocol === "https:";
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return new Stripe(settings.secretKey, {
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createNodeHttpClient(agent),
    ...(base && {
      host: base.hostname,
      port: base.port || (secure ? 443 : 80),
      protocol: secure ? "https" : "http",
    }),
  });
}

export function createStripeGateway(stripe: Stripe): PaymentGateway {
  return {
    authorize: (request, timeout) =>
      payment(
        () =>
          stripe.paymentIntents.create(
            {
              amount: toStripeAmount(request.amount, request.currency),
              currency: request.currency.toLowerCase(),
              payment_method: request.method,
              capture_method: "manual",
              confirm: true,
              return_url: request.returnUrl,
              metadata: { orderId: request.orderId },
              payment_method_options: { card: { request_multicapture: "if_available" } },
              expand: ["latest_charge"],
            },
            { idempotencyKey: request.key, timeout },
          ),
        ["failed"],
      ),

    capture: (request, timeout) =>
      payment(
        () =>
          stripe.paymentIntents.capture(
            request.reference,
            {
              amount_to_capture: toStripeAmount(request.amount, request.currency),
              metadata: { orderId: request.orderId, shipmentId: request.shipmentId },
              ...(request.final ? {} : { final_capture: false }),
            },
            { idempotencyKey: request.key, timeout },
          ),
        ["captured", "voided"],
      ),

    void: (request, timeout) =>
      payment(
        () => stripe.paymentIntents.cancel(request.reference, {}, { idempotencyKey: request.key, timeout }),
        ["captured", "voided"],
      ),

    refund: (request, timeout) =>
      known(async () =>
        toProviderRefund(
          await stripe.refunds.create(
            {
              payment_intent: request.reference,
              amount: toStripeAmount(request.amount, request.currency),
              metadata: { orderId: request.orderId, refundId: request.refundId },
            },
            { idempotencyKey: request.key, timeout },
          ),
        ),
      ),

    retrieve: (reference, timeout) =>
      known(async () =>
        toPayment(await stripe.paymentIntents.retrieve(reference, { expand: ["latest_charge"] }, { timeout })),
      ),

    findPayment: (orderId, since, timeout) =>
      known(async () => {
        const created = { gte: Math.floor(since.getTime() / 1000) - CLOCK_SKEW_S };
        let seen = 0;
        for await (const intent of stripe.paymentIntents.list({ created, limit: LIST_PAGE }, { timeout })) {
          if (intent.metadata["orderId"] === orderId) {
            return toPayment(
              await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] }, { timeout }),
            );
          }
          if (++seen >= LIST_LIMIT) return null;
        }
        return null;
      }),

    findRefund: (reference, refundId, since, timeout) =>
      known(async () => {
        const from = Math.floor(since.getTime() / 1000) - 1; // Stripe counts whole seconds
        for await (const refund of stripe.refunds.list({ payment_intent: reference, limit: LIST_PAGE }, { timeout })) {
          if (refund.metadata?.["refundId"] === refundId && refund.created >= from) return toProviderRefund(refund);
        }
        return null;
      }),

    listPayments: (since, after, timeout) =>
      known(async () => {
        const page = await stripe.paymentIntents.list(
          {
            created: { gte: Math.floor(since.getTime() / 1000) },
            limit: LIST_PAGE,
            expand: ["data.latest_charge"],
            ...(after !== null && { starting_after: after }),
          },
          { timeout },
        );
        const payments = page.data.map((intent) => ({ ...toPayment(intent), refunded: refundedOf(intent) }));
        return { payments, next: page.has_more ? (payments.at(-1)?.reference ?? null) : null };
      }),
  };
}

/** Answers with the payment; a refusal that shows the payment in one of these states is that fact. */
async function payment(
  call: () => Promise<Stripe.PaymentIntent>,
  facts: readonly Payment["state"][],
): Promise<Payment> {
  try {
    return toPayment(await call());
  } catch (error) {
    const intent = intentOf(error);
    if (intent && facts.includes(toPayment(intent).state)) return toPayment(intent);
    throw toProviderError(error);
  }
}

async function known<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toProviderError(error);
  }
}

function refundedOf(intent: Stripe.PaymentIntent): number {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return fromStripeAmount(charge?.amount_refunded ?? 0, intent.currency);
}
