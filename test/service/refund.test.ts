import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { retryWhileUnavailable } from "../rig/caller.js";
import { met } from "../rig/met.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(3, { LOOKUP_AFTER: "2s" });
  await idem.outside.config({ refundDelayMs: 6_000 });
});
// In one test an operator says that a refund was made outside Idem.
afterAll(() => auditIsClean(idem, /^the provider refunded 0,/).finally(() => idem.stop()));

const refundOf = async (order: PlacedOrder, id: string) => (await idem.acme.get(`${order.path}/refunds/${id}`)).json;
const given = async (order: PlacedOrder) => (await idem.outside.ledger(order.id, "refund")).map(({ amount }) => amount);

async function becomes(order: PlacedOrder, id: string, status: string) {
  return waitFor(`the refund to be ${status}`, async () => {
    const refund = await refundOf(order, id);
    return refund.status === status ? refund : null;
  });
}

describe.concurrent("a refund", () => {
  test("without amount refunds all that is left, once, and the customer gets an email (E1, E6)", async () => {
    const order = await idem.completed();
    await idem.refund(order, { amount: 300 });
    const answer = await idem.refund(order, { reason: "came back" });
    const left = order.body.total - 300;
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^ref_[a-z2-7]{32}$/),
      orderId: order.id,
      status: "accepted",
      amount: left,
      currency: "EUR",
      createdAt: expect.any(String),
      links: { self: `${order.path}/refunds/${answer.json.id}`, order: order.path },
    });
    expect(answer.header("Location")).toBe(answer.json.links.self);
    const refund = await becomes(order, answer.json.id, "succeeded");
    expect(refund).toMatchObject({ amount: left, reason: "came back", reference: expect.stringMatching(/^re_/) });
    expect((await idem.read(order)).payment.status).toMatch(/captured|refunded/);
    await waitFor("both", async () => (await idem.read(order)).amounts.refunded === order.body.total);
    expect((await idem.read(order)).payment.status).toBe("refunded");
    expect(new Set(await given(order))).toEqual(new Set([300, left]));
    expect((await idem.read(order)).status).toBe("completed");
    expect(await idem.mailed(order, 4)).toEqual(["confirmation", "refunded", "refunded", "shipped"]);
    expect((await idem.refund(order)).problem).toBe("refund-exceeds-captured");
  });

  test("names its order to the provider and itself, under a key derived from both (E3)", async () => {
    const order = await idem.completed();
    const { id } = (await idem.refund(order, { amount: 10 })).json;
    await becomes(order, id, "succeeded");
    const [call] = await idem.calls(order, "refund");
    expect(call).toMatchObject({
      key: `${order.id}/refund/${id}`,
      params: { metadata: { orderId: order.id, refundId: id } },
    });
  });

  test("is listed and read, and unknown to others (M17)", async () => {
    const order = await idem.completed();
    const ids = [
      (await idem.refund(order, { amount: 10 })).json.id,
      (await idem.refund(order, { amount: 10 })).json.id,
    ];
    const listed = (await idem.acme.get(`${order.path}/refunds`)).json.items;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(ids);
    for (const path of [`${order.path}/refunds`, `${order.path}/refunds/${ids[0]}`]) {
      expect((await idem.globex.get(path)).problem).toBe("not-found");
    }
    const other = await idem.completed();
    expect((await idem.acme.get(`${other.path}/refunds/${ids[0]}`)).problem).toBe("not-found");
  });

  test("is returned as it is then with Prefer: wait (section 2)", async () => {
    const order = await idem.completed();
    const answer = await idem.refund(order, { amount: 10 }, { headers: { Prefer: "wait=20" } });
    expect([answer.status, answer.json.status, answer.header("Preference-Applied")]).toEqual([
      200,
      "succeeded",
      "wait=20",
    ]);
  });

  test.each([
    ["drop-before", 3],
    ["drop-after", 3],
    ["fail-before", 2],
    ["fail-after", 1],
    ["silent-after", 1],
    ["limit", 2],
  ] as const)("whose call met %s is made once all the same (E4, M9)", async (action, count) => {
    const order = await idem.completed();
    const fault = await idem.outside.fault("refund", action, { order: order.id, count });
    const { id } = (await idem.refund(order, { amount: 70 })).json;
    await becomes(order, id, "succeeded");
    await met(idem, fault, action, count);
    expect(await given(order)).toEqual([70]);
    expect(new Set((await idem.calls(order, "refund")).map(({ key }) => key)).size).toBe(1);
  });

  test("that the provider leaves pending succeeds by its event (E8)", async () => {
    const order = await idem.completed({ method: "pm_card_pendingRefund" });
    const { id } = (await idem.refund(order)).json;
    await waitFor("the call", async () => (await idem.calls(order, "refund")).length);
    expect((await refundOf(order, id)).status).toBe("accepted");
    expect((await idem.read(order)).amounts.refunded).toBe(0);
    await becomes(order, id, "succeeded");
    expect((await idem.read(order)).amounts.refunded).toBe(order.body.total);
  });

  test("returns the money for goods that left before a cancel could stop them (E7)", async () => {
    const order = await idem.held();
    expect((await idem.refund(order)).problem).toBe("refund-exceeds-captured");
    await idem.outside.advance(order.id, "shipped");
    await waitFor("the capture", async () => (await idem.read(order)).amounts.captured > 0);
    const { id } = (await idem.refund(order)).json;
    await becomes(order, id, "succeeded");
    await idem.outside.advance(order.id, "delivered");
    const now = await idem.reaches(order, "completed");
    expect(now.amounts).toMatchObject({ captured: order.body.total, refunded: order.body.total });
  });
});

describe.concurrent("refunds are never more than was captured (E1)", () => {
  test("not when 20 come at one moment", async () => {
    const order = await idem.completed();
    const amount = Math.floor(order.body.total / 8);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => retryWhileUnavailable((key) => idem.refund(order, { amount }, { key }))),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(8);
    expect(answers.filter(({ problem }) => problem === "refund-exceeds-captured")).toHaveLength(12);
    await waitFor(
      "the order database to know of all",
      async () => (await idem.read(order)).amounts.refunded === 8 * amount,
    );
    await stays("the sum", async () => (await idem.outside.money(order.id)).refunded === 8 * amount);
    expect(await given(order)).toHaveLength(8);
  });

  test("not when five ask for all that is left at one moment", async () => {
    const order = await idem.completed();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => retryWhileUnavailable((key) => idem.refund(order, {}, { key }))),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    await waitFor("it", async () => (await given(order)).length === 1);
    expect(await given(order)).toEqual([order.body.total]);
  });

  test("not by one unit", async () => {
    const order = await idem.completed();
    expect((await idem.refund(order, { amount: order.body.total + 1 })).problem).toBe("refund-exceeds-captured");
    expect((await idem.refund(order, { amount: order.body.total })).status).toBe(202);
    expect((await idem.refund(order, { amount: 1 })).problem).toBe("refund-exceeds-captured");
  });

  test.each([0, -5, 1.5, "10", null])("and %j is no amount", async (amount) => {
    const order = await idem.place();
    expect((await idem.refund(order, { amount })).problem).toBe("invalid-request");
  });
});

describe.concurrent("the key of a refund", () => {
  test("gives the acknowledgement again, byte for byte, before and after the refund was made (K6)", async () => {
    const order = await idem.completed();
    const key = randomUUID();
    const first = await idem.refund(order, { amount: 100 }, { key });
    const again = await idem.refund(order, { amount: 100 }, { key });
    expect([first.replayed, again.replayed, again.text]).toEqual([false, true, first.text]);
    await becomes(order, first.json.id, "succeeded");
    const late = await idem.refund(order, { amount: 100 }, { key });
    expect([late.status, late.replayed, late.text]).toEqual([202, true, first.text]);
    expect(await given(order)).toEqual([100]);
  });

  test("refuses another amount, reason or a missing one, and changes nothing (K5)", async () => {
    const order = await idem.completed();
    const key = randomUUID();
    const first = await idem.refund(order, { amount: 100 }, { key });
    for (const other of [{ amount: 200 }, { amount: 100, reason: "x" }, {}]) {
      expect((await idem.refund(order, other, { key })).problem).toBe("idempotency-key-reused");
    }
    await becomes(order, first.json.id, "succeeded");
    expect(await given(order)).toEqual([100]);
  });

  test("makes one refund of ten equal requests at one moment (M1)", async () => {
    const order = await idem.completed();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => idem.refund(order, { amount: 100 }, { key })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await waitFor("the refund", async () => (await given(order)).length);
    await stays("one", async () => (await given(order)).length === 1);
  });

  test("belongs to one order: under another it is another refund (K9)", async () => {
    const [one, other] = [await idem.completed(), await idem.completed()];
    const key = randomUUID();
    const ids = [await idem.refund(one, { amount: 5 }, { key }), await idem.refund(other, { amount: 5 }, { key })].map(
      ({ json }) => json.id,
    );
    expect(new Set(ids).size).toBe(2);
  });
});

describe.concurrent("a refund that was refused for good", () => {
  async function refusedRefund() {
    const order = await idem.completed();
    await idem.outside.fault("refund", "decline", { order: order.id });
    const { id } = (await idem.refund(order, { amount: 500 })).json;
    await becomes(order, id, "needs_attention");
    return { order, id };
  }

  test("needs an operator; the order stays completed and is found by its attention (E5, section 2)", async () => {
    const { order, id } = await refusedRefund();
    const now = await idem.read(order);
    expect(now.status).toBe("completed");
    expect(now.attention).toMatchObject({
      step: `refund/${id}`,
      cause: "refund_refused",
      amount: 500,
      currency: "EUR",
      actions: ["retry", "mark-done", "skip"],
    });
    const path = `/v1/orders?status=needs_attention&reference=${order.body.reference}`;
    expect((await idem.acme.get(path)).json.items).toHaveLength(1);
    expect((await idem.refund(order)).json.amount).toBe(order.body.total - 500); // it is promised still
    const shown = { query: `NeedsAttention = true AND WorkflowId = "refund/${id}"` };
    await waitFor("Temporal to show it", async () => (await idem.client.workflow.count(shown.query)).count === 1);
  });

  test("is made when it is tried again, under a new key (E3)", async () => {
    const { order, id } = await refusedRefund();
    await idem.resolve(order, "retry");
    await becomes(order, id, "succeeded");
    expect(await given(order)).toEqual([500]);
    expect((await idem.read(order)).attention).toBeNull();
    const [first, second] = (await idem.calls(order, "refund")).map(({ key }) => key);
    expect(first).toBe(`${order.id}/refund/${id}`);
    expect(second).not.toBe(first);
    expect(second).toContain(first);
  });

  test("counts as refunded when an operator refunded it outside Idem, and nothing is asked again", async () => {
    const { order, id } = await refusedRefund();
    await idem.resolve(order, "mark-done", { reference: "bank transfer 7" });
    const refund = await becomes(order, id, "succeeded");
    expect(refund.reference).toBe("bank transfer 7");
    expect((await idem.read(order)).amounts.refunded).toBe(500);
    expect(await idem.calls(order, "refund")).toHaveLength(1);
    expect(await idem.mailed(order, 3)).toContain("refunded");
  });

  test("is over when an operator gives it up, and its money may be refunded by another", async () => {
    const { order, id } = await refusedRefund();
    await idem.resolve(order, "skip");
    await becomes(order, id, "failed");
    expect((await idem.read(order)).amounts.refunded).toBe(0);
    const all = await idem.refund(order);
    expect(all.json.amount).toBe(order.body.total);
    await becomes(order, all.json.id, "succeeded");
  });

  test("pending at first needs an operator as well (E8)", async () => {
    const order = await idem.completed({ method: "pm_card_refundFail" });
    const { id } = (await idem.refund(order)).json;
    await becomes(order, id, "needs_attention");
    expect((await idem.read(order)).amounts.refunded).toBe(0);
  });

  test("after it had succeeded needs an operator: the money is with us again (E1, E8)", async () => {
    const order = await idem.completed({ method: "pm_card_refundFailLate" });
    const { id } = (await idem.refund(order)).json;
    await waitFor("the provider's change of mind", async () =>
      (await idem.outside.kinds(order.id)).includes("refund-failed"),
    );
    await becomes(order, id, "needs_attention");
    const now = await idem.read(order);
    expect([now.status, now.amounts.refunded]).toEqual(["completed", 0]);
    expect(now.attention).toMatchObject({ step: `refund/${id}`, amount: order.body.total });
  });
});
