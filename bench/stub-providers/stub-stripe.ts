import type { EffectLedger } from "./effect-ledger.js";

export interface StubResponse {
  status: number;
  body: object;
}

export const NOT_FOUND: StubResponse = { status: 404, body: { error: { message: "not found" } } };

interface Intent {
  id: string;
  object: "payment_intent";
  created: number;
  status: "requires_capture" | "succeeded";
  amount: number;
  amount_capturable: number;
  amount_received: number;
  currency: string;
  metadata: { orderId: string };
  last_payment_error: null;
  next_action: null;
  latest_charge: object;
}

const AUTHORIZED_FOR_S = 7 * 86_400;
const CHARGE_PREFIX = "ch_";

/** The part of Stripe that an order without a fault needs: every card is good, every hold lasts a week. */
export class StubStripe {
  private readonly intents = new Map<string, Intent>();
  private readonly ledger: EffectLedger;
  /** Called with each intent that changed, and the type of Stripe's event. */
  private readonly announce: (type: string, intent: object) => void;

  constructor(ledger: EffectLedger, announce: (type: string, intent: object) => void) {
    this.ledger = ledger;
    this.announce = announce;
  }

  respond(method: string, url: URL, body: string): StubResponse {
    const [, , resource, id = "", action = ""] = url.pathname.split("/");
    if (resource === "refunds") return { status: 200, body: { object: "list", data: [], has_more: false } };
    if (resource !== "payment_intents") return NOT_FOUND;
    const form = new URLSearchParams(body);
    if (method === "POST" && id === "") return this.create(form);
    if (method === "POST" && action === "capture") return this.capture(id, form);
    if (method === "GET" && id === "") return { status: 200, body: this.list(url.searchParams) };
    const intent = method === "GET" && this.intents.get(id);
    return intent ? { status: 200, body: intent } : NOT_FOUND;
  }

  private create(form: URLSearchParams): StubResponse {
    const intent = newIntent(this.intents.size + 1, form);
    this.intents.set(intent.id, intent);
    this.ledger.record("payments", intent.id);
    this.announce("payment_intent.amount_capturable_updated", eventObject(intent));
    return { status: 200, body: intent };
  }

  private capture(id: string, form: URLSearchParams): StubResponse {
    const intent = this.intents.get(id);
    if (!intent) return NOT_FOUND;
    const amount = Number(form.get("amount_to_capture") ?? intent.amount);
    Object.assign(intent, { status: "succeeded", amount_capturable: 0, amount_received: amount });
    this.ledger.record("captures", id);
    this.announce("payment_intent.succeeded", eventObject(intent));
    return { status: 200, body: intent };
  }

  /** Newest first, as Stripe lists. */
  private list(query: URLSearchParams): object {
    const limit = Number(query.get("limit") ?? 10);
    const after = query.get("starting_after");
    const from = Number(query.get("created[gte]") ?? 0);
    const to = Number(query.get("created[lte]") ?? Number.POSITIVE_INFINITY);
    const newest = [...this.intents.values()].toReversed().filter(({ created }) => created >= from && created <= to);
    const start = after ? newest.findIndex(({ id }) => id === after) + 1 : 0;
    return { object: "list", data: newest.slice(start, start + limit), has_more: start + limit < newest.length };
  }
}

function newIntent(number: number, form: URLSearchParams): Intent {
  const amount = Number(form.get("amount"));
  const created = Math.floor(Date.now() / 1000);
  return {
    id: `pi_${number}`,
    object: "payment_intent",
    created,
    status: "requires_capture",
    amount,
    amount_capturable: amount,
    amount_received: 0,
    currency: form.get("currency") ?? "",
    metadata: { orderId: form.get("metadata[orderId]") ?? "" },
    last_payment_error: null,
    next_action: null,
    latest_charge: {
      id: `${CHARGE_PREFIX}${number}`,
      object: "charge",
      amount_refunded: 0,
      payment_method_details: { type: "card", card: { capture_before: created + AUTHORIZED_FOR_S } },
    },
  };
}

/** An event names the charge only, and shows the intent as it was then. */
function eventObject(intent: Intent): object {
  return { ...intent, latest_charge: intent.id.replace("pi_", CHARGE_PREFIX) };
}
