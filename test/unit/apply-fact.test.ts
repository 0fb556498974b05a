import { expect, test } from "vitest";
import { applyChange } from "../../src/domain/change.js";
import type { StoredFact } from "../../src/domain/fact.js";
import { planOperation } from "../../src/domain/operation.js";
import { findRefund, type Order } from "../../src/domain/order.js";
import { applyOldestFact, applyStoredFacts } from "../../src/domain/rules/apply-fact.js";
import { NOW, SCENARIOS } from "../explore/orders.js";

const ATTENTION = "att_1";
const REFUND = "ref_1";

/** What an operator marked as done, which the provider must confirm, and what the provider reports of a refund. */
const FACTS: StoredFact[] = [
  {
    number: 1,
    type: "resolution",
    about: "resolution",
    ...{ attentionId: ATTENTION, action: "mark-done", reference: "pi_1", paidOtherwise: false },
    ...{ reason: "seen to", actor: "operator", keyId: null },
  },
  {
    number: 2,
    type: "refund.updated",
    about: "refund",
    refund: { reference: "re_1", state: "succeeded", amount: 100, refundId: REFUND, reason: null },
  },
];

function waiting(): Order {
  const [scenario] = SCENARIOS;
  if (!scenario) throw new Error("there is no scenario");
  const { id } = scenario.order;
  const paid = (name: string, from: "customer" | "authorized", to: "authorized" | "captured", amount: number) => ({
    ...{ name, from, to, amount, postedAt: NOW },
  });
  return {
    ...scenario.order,
    status: "shipped",
    factCount: 2,
    facts: FACTS,
    ledger: [paid("authorize", "customer", "authorized", 1000), paid("capture/shp_1", "authorized", "captured", 500)],
    operations: [
      planOperation(id, "capture/shp_2", { firstAttemptAt: NOW, amount: 500 }),
      planOperation(id, `refund/${REFUND}`, { firstAttemptAt: NOW }),
    ],
    refunds: [{ id: REFUND, amount: 100, status: "accepted", reference: "re_1", pending: true, automatic: false }],
    attentions: [
      {
        id: ATTENTION,
        step: "capture/shp_2",
        cause: "capture_refused",
        ...{ amount: 500, since: NOW, reason: null, resolution: null, resolvedAt: null },
      },
    ],
  };
}

test("a refund's fact is applied with the resolution that it waited behind: its signal is spent by then", () => {
  const order = waiting();
  // The refund's run is signalled while the provider does not answer for the resolution.
  expect(applyChange(order, applyStoredFacts(order, NOW)).facts).toHaveLength(2);
  const [oldest] = FACTS;
  if (!oldest) throw new Error("there is no fact");
  const applied = applyChange(order, applyOldestFact(order, oldest, { payment: null }, NOW));
  expect(applied.facts).toEqual([]);
  expect(findRefund(applied, REFUND)?.status).toBe("succeeded");
});
