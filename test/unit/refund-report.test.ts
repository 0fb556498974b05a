import { describe, expect, test } from "vitest";
import type { Resolution } from "../../src/domain/attention.js";
import { applyChange } from "../../src/domain/change.js";
import type { ResolutionFact } from "../../src/domain/fact.js";
import { planOperation } from "../../src/domain/operation.js";
import { balances, findRefund, openAttentions, type Order, waivedRefunds } from "../../src/domain/order.js";
import type { ProviderRefund } from "../../src/domain/payment.js";
import { applyResolution } from "../../src/domain/rules/resolve-attention.js";
import { recordRefund, recordRefundRefusal } from "../../src/domain/rules/refund-report.js";
import { requestRefund } from "../../src/domain/rules/request-refund.js";
import { recordUnknown } from "../../src/domain/rules/unknown-outcome.js";
import { SCENARIOS, NOW } from "../explore/orders.js";

const ID = "ref_1";
const REASON = { code: "refused", declineCode: null, message: null, requestId: null };

/** A shipped order, paid in full, with a refund that is in progress. */
function refunding(): Order {
  const [scenario] = SCENARIOS;
  if (!scenario) throw new Error("there is no scenario");
  const paid = (name: string, from: "customer" | "authorized", to: "authorized" | "captured") => ({
    ...{ name, from, to, amount: 1000, postedAt: NOW },
  });
  return {
    ...scenario.order,
    status: "shipped",
    ledger: [paid("authorize", "customer", "authorized"), paid("capture/shp_1", "authorized", "captured")],
    refunds: [{ id: ID, amount: 1000, status: "accepted", reference: null, pending: false, automatic: false }],
    operations: [planOperation(scenario.order.id, `refund/${ID}`, { firstAttemptAt: NOW })],
  };
}

const report = (reference: string, state: ProviderRefund["state"]): ProviderRefund => ({
  ...{ reference, state, amount: 1000, refundId: ID, reason: null },
});

const says = (reference: string, state: ProviderRefund["state"]) => (order: Order) =>
  applyChange(order, recordRefund(order, ID, report(reference, state), NOW));

const resolves =
  (action: Resolution, reference: string | null = null) =>
  (order: Order) => {
    const [attention] = openAttentions(order);
    if (!attention) throw new Error("nothing needs an operator");
    const fact: ResolutionFact = {
      about: "resolution",
      ...{ attentionId: attention.id, action, reference, paidOtherwise: false },
      ...{ reason: "seen to", actor: "operator", keyId: null },
    };
    return applyChange(order, applyResolution(order, fact, null, NOW));
  };

const unknown = (order: Order) => applyChange(order, recordUnknown(order, `refund/${ID}`, Number.MAX_SAFE_INTEGER));

const after = (...steps: ((order: Order) => Order)[]) => steps.reduce((order, step) => step(order), refunding());

describe("what the provider says of a refund", () => {
  test("that it succeeded is stale once it failed, also when an operator paid otherwise since", () => {
    const paidOtherwise = after(says("re_1", "succeeded"), says("re_1", "failed"), resolves("mark-done"));
    const stale = says("re_1", "succeeded")(paidOtherwise);
    expect(stale).toEqual(paidOtherwise);
    expect(says("re_1", "failed")(stale)).toEqual(paidOtherwise);
    expect(balances(stale).refunded).toBe(1000);
  });

  test("that it succeeded is stale once it failed, also when its success was never known", () => {
    const failed = after(says("re_1", "pending"), says("re_1", "failed"));
    expect(says("re_1", "succeeded")(failed)).toEqual(failed);
    const retried = resolves("retry")(failed);
    expect(says("re_1", "succeeded")(retried)).toEqual(retried);
  });

  test.each(["mark-done", "skip"] as const)(
    "that it succeeded is stale once it failed while pending, also after %s",
    (action) => {
      const seenTo = after(says("re_1", "pending"), says("re_1", "failed"), resolves(action));
      expect(says("re_1", "succeeded")(seenTo)).toEqual(seenTo);
      const twice = after(
        ...[says("re_1", "pending"), says("re_1", "failed"), resolves("retry")],
        ...[says("re_2", "pending"), says("re_2", "failed"), resolves(action)],
      );
      for (const reference of ["re_1", "re_2"]) expect(says(reference, "succeeded")(twice)).toEqual(twice);
      expect(balances(twice).refunded).toBe(action === "skip" ? 0 : 1000);
    },
  );

  test("that it failed is known also when it comes after an operator's resolution", () => {
    for (const action of ["mark-done", "skip"] as const) {
      const failed = after(says("re_1", "pending"), unknown, resolves(action), says("re_1", "failed"));
      expect(openAttentions(failed)).toEqual([]);
      expect(says("re_1", "succeeded")(failed)).toEqual(failed);
      expect(balances(failed).refunded).toBe(action === "skip" ? 0 : 1000);
    }
  });

  test("that it failed needs an operator where one had marked this very refund as done, as often as it does", () => {
    const failed = after(unknown, resolves("mark-done", "re_1"), says("re_1", "failed"));
    expect(openAttentions(failed)).toHaveLength(1);
    expect(balances(failed).refunded).toBe(0);
    const done = resolves("mark-done", "re_1")(failed);
    expect([findRefund(done, ID)?.status, balances(done).refunded, waivedRefunds(done)]).toEqual([
      "succeeded",
      1000,
      1000,
    ]);
  });

  test("that it is pending is stale once it failed and was made again", () => {
    const pending = after(
      ...[says("re_1", "pending"), says("re_1", "failed"), resolves("retry"), says("re_2", "pending")],
    );
    expect(says("re_1", "pending")(pending)).toEqual(pending);
  });

  test("that an earlier attempt failed says nothing of the one that is pending", () => {
    const pending = after(
      says("re_1", "succeeded"),
      says("re_1", "failed"),
      resolves("retry"),
      says("re_2", "pending"),
    );
    expect(says("re_1", "failed")(pending)).toEqual(pending);
    expect(findRefund(says("re_2", "succeeded")(pending), ID)?.status).toBe("succeeded");
  });

  test("that an attempt succeeded is stale once it failed and the retry succeeded", () => {
    const retried = after(says("re_1", "failed"), resolves("retry"), says("re_2", "succeeded"));
    expect(says("re_1", "succeeded")(retried)).toEqual(retried);
    expect(balances(retried).refunded).toBe(1000);
  });

  test("that one succeeded which an operator gave up contradicts the order once its money is promised again", () => {
    const again = after(unknown, resolves("skip"), (order) =>
      applyChange(order, requestRefund("ref_2", 1000, "merchant")),
    );
    const contradicted = says("re_1", "succeeded")(again);
    expect(openAttentions(contradicted).map(({ step, cause }) => [step, cause])).toEqual([
      ["event/re_1", "event_mismatch"],
    ]);
    expect(balances(contradicted).refunded).toBe(0);
    expect(balances(after(unknown, resolves("skip"), says("re_1", "succeeded"))).refunded).toBe(1000);
  });

  test("wakes the order's run where it clears an attention that the order waits for", () => {
    const refused = after((order) => applyChange(order, recordRefundRefusal(order, ID, REASON, NOW)));
    const { signals } = recordRefund(refused, ID, report("re_1", "succeeded"), NOW);
    expect(signals).toEqual([{ workflow: "order", subjectId: refused.id, name: "refundUpdated" }]);
    expect(recordRefund(refunding(), ID, report("re_1", "succeeded"), NOW).signals).toEqual([]);
  });
});
