import type { Availability } from "../../src/domain/allocation.js";
import type { Order } from "../../src/domain/order.js";
import type { OrderRequest } from "../../src/domain/order-request.js";
import { idFromKey } from "../../src/idempotency/derived-ids.js";
import { acceptedOrder } from "../explore/orders.js";
import { drawFaults, type FaultPlan } from "./faults.js";
import type { Card, PaymentTraits } from "./payment-provider.js";
import type { Random } from "./random.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, START } from "./virtual-time.js";

export const TENANT = "acme";

/** An order, and the world that it meets. */
export interface Scenario {
  order: Order;
  free: Availability;
  payment: PaymentTraits;
  faults: FaultPlan;
  /** How a customer who is asked to act decides: after how long, and how. Null never does. */
  customer: { afterMs: number; isGood: boolean } | null;
  /** What an operator who is asked to approve decides; null lets the approval expire. */
  decision: "approve" | "decline" | null;
  /** When the shop cancels the order, from its acceptance. */
  cancelsAfterMs: number | null;
  /** When the shop changes the address, from its acceptance. */
  addressAfterMs: number | null;
  /** When the shop asks for a refund, from the first capture, and for how much: null is for all that is left. */
  refunds: { afterMs: number; share: number | null }[];
  /** How likely an email is to be deferred, lost in transit, or refused. */
  emails: { deferred: number; unknown: number; refused: number };
}

/** Draws an order and its world. */
export function drawScenario(seed: number, random: Random): Scenario {
  const shape = random.pick(SHAPES);
  const faults = drawFaults(random);
  const isTroubled = faults.outage !== null || random.chance(0.05);
  const order = orderOf(seed, shape.lines, {
    approvalThreshold: random.chance(0.12) ? 1_000 : null,
    approvalTimeoutMs: 48 * HOUR_MS,
    paymentActionTimeoutMs: HOUR_MS / 2,
    lookupAfterMs: 10 * SECOND_MS,
    attentionAfterMs: isTroubled ? 2 * MINUTE_MS : DAY_MS,
    deliveryDeadlineMs: 2 * DAY_MS,
    emailGiveUpAfterMs: random.chance(0.1) ? 3 * MINUTE_MS : DAY_MS,
  });
  const isShort = random.chance(0.05);
  const emailTrouble = random.chance(0.3) ? 1 : 0;
  return {
    order,
    free: random.chance(0.02) ? OUT_OF_STOCK : shape.free,
    payment: {
      card: drawCard(random),
      terms: {
        captureBefore: START + (isShort ? 12 * HOUR_MS + random.spread(5 * MINUTE_MS, 5 * HOUR_MS) : 7 * DAY_MS),
        multicapture: random.chance(0.5),
      },
      refundsArePending: random.chance(0.25),
    },
    faults,
    customer: random.chance(0.75) ? { afterMs: random.spread(500, 2 * HOUR_MS), isGood: random.chance(0.75) } : null,
    decision: random.chance(0.8) ? (random.chance(0.75) ? "approve" : "decline") : null,
    cancelsAfterMs: random.chance(0.4) ? random.spread(1, 3 * HOUR_MS) : null,
    refunds: random.chance(0.45) ? drawRefunds(random) : [],
    emails: {
      deferred: emailTrouble * 0.15,
      unknown: emailTrouble * 0.15,
      refused: emailTrouble * 0.03,
    },
    addressAfterMs: random.chance(0.3) ? random.spread(1, HOUR_MS) : null,
  };
}

function drawCard(random: Random): Card {
  const drawn = random.next();
  if (drawn < 0.82) return "good";
  if (drawn < 0.86) return "declined";
  return drawn < 0.95 ? "asks the customer" : "slow";
}

function drawRefunds(random: Random): Scenario["refunds"] {
  return Array.from({ length: random.between(1, 2) }, () => ({
    afterMs: random.spread(10, DAY_MS),
    share: random.chance(0.5) ? null : random.pick([0.1, 0.4, 0.9]),
  }));
}

const LINE = (sku: string, unitPrice: number) => ({ sku, quantity: 1, unitPrice });
const EAST_ONLY: Availability = new Map([["east", new Map([["MUG-1", 5]])]]);
const EAST_AND_WEST: Availability = new Map([
  ["east", new Map([["MUG-1", 5]])],
  ["west", new Map([["TEE-1", 5]])],
]);
const OUT_OF_STOCK: Availability = new Map([["east", new Map([["MUG-1", 0]])]]);

const ONE = { lines: [LINE("MUG-1", 1_000)], free: EAST_ONLY };
const TWO = { lines: [LINE("MUG-1", 1_000), LINE("TEE-1", 600)], free: EAST_AND_WEST };
const ONE_IS_FREE = { lines: [LINE("MUG-1", 1_000), LINE("TEE-1", 0)], free: EAST_AND_WEST };
const FREE = { lines: [LINE("MUG-1", 0)], free: EAST_ONLY };
/** Orders without money meet few operations, and are few. */
const SHAPES = [ONE, ONE, ONE, ONE, TWO, TWO, TWO, TWO, TWO, ONE_IS_FREE, FREE] as const;

function orderOf(seed: number, lines: OrderRequest["lines"], policy: Order["policy"]): Order {
  const scope = { tenant: TENANT, operation: "place-order", parentId: null } as const;
  return { ...acceptedOrder(lines, null), id: idFromKey(scope, `seed-${seed}`), tenant: TENANT, policy };
}
