import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import Stripe from "stripe";
import type { Payment } from "../../domain/payment.js";
import { ProviderError } from "../provider-error.js";
import type { PaymentGateway, TimeRange } from "./payment-gateway.js";
import { stripeGranularity, toStripeAmount } from "./stripe-currency.js";
import { intentOf, toProviderError } from "./stripe-failure.js";
import { readAmount, readText, toPayment, toProviderRefund } from "./stripe-payment.js";

export interface StripeSettings {
  secretKey: string;
  /** Null for Stripe itself. */
  apiBase: string | null;
}

/** How far our clock and the provider's may differ when a list is narrowed by time. */
const CLOCK_SKEW_S = 300;
const LIST_PAGE = 100;
/** A payment is usually made by the first attempts: their time is listed before the rest. */
const FIRST_ATTEMPTS_S = 600;

/** The SDK without retries of its own: a repeat is our decision and carries our key. */
export function createStripe(settings: StripeSettings): Stripe {
  const base = settings.apiBase === null ? null : new URL(settings.apiBase);
  const secure = base === null || base.protocol === "https:";
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return new Stripe(settings.secretKey, {
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: readingObjects(Stripe.createNodeHttpClient(agent)),
    ...(base && {
      host: base.hostname,
      port: base.port || (secure ? 443 : 80),
      protocol: secure ? "https" : "http",
    }),
  });
}

/**
 * The client, which takes only an object for an answer: on any other JSON the SDK fails outside its own promise, which
 * would end the process.
 */
function readingObjects(client: Stripe.HttpClient): Stripe.HttpClient {
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    const response = await makeRequest(...request);
    const toJSON = response.toJSON.bind(response);
    response.toJSON = async () => {
      const body: unknown = await toJSON();
      if (typeof body !== "object" || body === null) throw new Error("the answer is no object");
      return body;
    };
    return response;
  };
  return client;
}

export function createStripeGateway(stripe: Stripe): PaymentGateway {
  const retrieve = async (reference: string, timeout: number): Promise<Payment> =>
    toPayment(await stripe.paymentIntents.retrieve(reference, { expand: ["latest_charge"] }, { timeout }));

  return {
    granularity: stripeGranularity,

    authorize: (request, timeout) =>
      answered(
        () =>
          stripe.paymentIntents.create(
            {
              amount: toStripeAmount(request.amount, request.currency),
              currency: request.currency.toLowerCase(),
              payment_method: request.method,
              capture_method: "manual",
              confirm: true,
              return_url: request.returnUrl,
              metadata: {
                ...{ orderId: request.orderId, tenant: request.tenantTag },
                ...(request.reference !== null && { reference: request.reference }),
              },
              ...(request.reference !== null && { description: `Order ${request.reference}` }),
              payment_method_options: { card: { request_multicapture: "if_available" } },
              expand: ["latest_charge"],
            },
            { idempotencyKey: request.key, timeout },
          ),
        ["failed"],
      ),

    capture: (request, timeout) =>
      answered(
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
      answered(
        () => stripe.paymentIntents.cancel(request.reference, {}, { idempotencyKey: request.key, timeout }),
        ["captured", "voided"],
      ),

    refund: (request, timeout) =>
      mapped(async () =>
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

    retrieve: (reference, timeout) => mapped(() => retrieve(reference, timeout)),

    findPayment: (orderId, made, timeout) =>
      mapped(async () => {
        const until = Date.now() + timeout;
        for (const created of windowsOf(made)) {
          for await (const intent of stripe.paymentIntents.list({ created, limit: LIST_PAGE }, { timeout })) {
            if (intent.metadata["orderId"] === orderId) return retrieve(intent.id, timeout);
            if (Date.now() > until) throw new ProviderError("unknown", "list_too_long");
          }
        }
        return null;
      }),

    findRefund: (reference, refundId, since, timeout) =>
      mapped(async () => {
        const until = Date.now() + timeout;
        const from = toSeconds(since) - 1; // Stripe counts whole seconds
        for await (const refund of stripe.refunds.list({ payment_intent: reference, limit: LIST_PAGE }, { timeout })) {
          if (refund.metadata?.["refundId"] === refundId && refund.created >= from) return toProviderRefund(refund);
          if (Date.now() > until) throw new ProviderError("unknown", "list_too_long");
        }
        return null;
      }),

    listPayments: (made, after, timeout) =>
      mapped(async () => {
        const { data, has_more: hasMore } = await stripe.paymentIntents.list(
          {
            created: { gte: toSeconds(made.from), lte: toSeconds(made.to) },
            limit: LIST_PAGE,
            expand: ["data.latest_charge"],
            ...(after !== null && { starting_after: after }),
          },
          { timeout },
        );
        const items = data.map((intent) => ({
          ...toPayment(intent),
          refunded: refundedOf(intent),
          tenantTag: readText(intent.metadata?.["tenant"]),
        }));
        return { items, next: hasMore ? (data.at(-1)?.id ?? null) : null };
      }),

    listRefunds: (made, after, timeout) =>
      mapped(async () => {
        const { data, has_more: hasMore } = await stripe.refunds.list(
          {
            created: { gte: toSeconds(made.from), lte: toSeconds(made.to) },
            limit: LIST_PAGE,
            ...(after !== null && { starting_after: after }),
          },
          { timeout },
        );
        const items = data.map((refund) => ({
          ...toProviderRefund(refund),
          paymentReference: idOf(refund.payment_intent),
          orderId: readText(refund.metadata?.["orderId"]),
        }));
        return { items, next: hasMore ? (data.at(-1)?.id ?? null) : null };
      }),
  };
}

/** Returns the payment; a refusal that shows the payment in one of these states is that fact. */
async function answered(
  call: () => Promise<Stripe.PaymentIntent>,
  facts: readonly Payment["state"][],
): Promise<Payment> {
  try {
    return toPayment(await call());
  } catch (error) {
    const intent = intentOf(error);
    if (!intent) throw toProviderError(error);
    const isDecline = error instanceof Stripe.errors.StripeCardError;
    const payment = toPayment(intent, isDecline);
    if (!facts.includes(payment.state)) throw toProviderError(error);
    const { reason } = toProviderError(error);
    return { ...payment, reason: payment.reason && { ...payment.reason, requestId: reason.requestId } };
  }
}

async function mapped<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toProviderError(error);
  }
}

const toSeconds = (time: Date) => Math.floor(time.getTime() / 1000);

function windowsOf({ from, to }: TimeRange): { gte: number; lte: number }[] {
  const [gte, lte] = [toSeconds(from) - CLOCK_SKEW_S, toSeconds(to) + CLOCK_SKEW_S];
  const split = toSeconds(from) + FIRST_ATTEMPTS_S;
  if (split >= lte) return [{ gte, lte }];
  return [
    { gte, lte: split },
    { gte: split + 1, lte },
  ];
}

function refundedOf(intent: Stripe.PaymentIntent): number {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return readAmount(charge?.amount_refunded ?? 0, intent.currency);
}

function idOf(object: string | { id: string } | null): string | null {
  return typeof object === "string" ? object : (object?.id ?? null);
}
