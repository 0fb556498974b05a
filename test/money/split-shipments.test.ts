import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Money, SimulatorClient } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { type Part, type Split, splitOrder, type SplitWish } from "../rig/split-order.js";
import { TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

/** Orders whose articles lie in several warehouses: a shipment each, and a share of the money each (E7, E9). */

vi.setConfig({ maxConcurrency: 12, testTimeout: 90_000 });

let idem: TestApp;
/** Takes orders whose delivery is soon overdue. */
let hurried: Caller;

beforeAll(async () => {
  idem = await TestApp.start(19);
  const { base } = await idem.anotherApi({ DELIVERY_DEADLINE: "2s" });
  hurried = new Caller(base, idem.acme.apiKey);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const split = (wish: SplitWish = {}): Promise<Split> => splitOrder(idem, wish);

const move = (part: Part | undefined, to: Parameters<SimulatorClient["advance"]>[1], notify = true) =>
  idem.outside.advance({ shipment: part?.id ?? "" }, to, { notify });

/** The amounts that the provider's ledger says were captured, refunded or voided, one by one. */
async function movements({ order }: Split, kind: "capture" | "refund" | "void"): Promise<number[]> {
  return (await idem.outside.ledger(order.id, kind)).map(({ amount }) => amount ?? 0);
}

/** What the order shows of each shipment, by warehouse. */
async function standing({ order, parts }: Split): Promise<string[]> {
  const { shipments } = await idem.read(order);
  return parts.map(({ id }) => shipments.find((one: { id: string }) => one.id === id)?.status);
}

/** The provider holds just this, and the order database says the same. */
async function comesTo({ order }: Split, money: Omit<Money, "net">): Promise<void> {
  const wanted = JSON.stringify([money, money.captured, money.refunded]);
  const standing = async () => {
    const { net: _, ...outside } = await idem.outside.money(order.id);
    const { amounts } = await idem.read(order);
    return JSON.stringify([outside, amounts.captured, amounts.refunded]);
  };
  try {
    await waitFor(`the money of ${order.id} to be ${wanted}`, async () => (await standing()) === wanted, 45_000);
  } catch (error) {
    const story = [await standing(), await idem.outside.kinds(order.id), await idem.eventTypes(order)];
    throw new Error(`${String(error)}; it is ${story.join("; ")}`, { cause: error });
  }
}

/** Units on the shelf of each part, none of them reserved. */
async function shelves({ parts }: Split): Promise<number[]> {
  const stock = await Promise.all(parts.map(({ sku }) => idem.stock(sku)));
  expect(stock.map(({ reserved }) => reserved)).toEqual(parts.map(() => 0));
  return stock.map(({ onHand }) => onHand);
}

const total = ({ order }: Split) => order.body.total;

/** 12 h before the provider drops the money: so many seconds from now. */
const soon = (seconds: number) => 12 * 3_600 + seconds;

describe("an authorization that ends soon, of an order that takes its money share by share (E9)", () => {
  test("recalls what has not left and lets the rest go", async () => {
    await idem.outside.config({ multicapture: true }); // for every test, so no other runs meanwhile
    const it = await split({ authorizedFor: soon(8) });
    await idem.outside.config({ multicapture: false });
    const [east, north] = it.parts;
    await move(east, "shipped");
    await waitFor("the recall", async () => (await standing(it))[1] === "recalled");
    await comesTo(it, { live: 0, captured: east?.share ?? 0, refunded: 0 });
    await idem.reaches(it.order, "shipped");
    await move(east, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await movements(it, "void")).toEqual([north?.share]);
    expect(await shelves(it)).toEqual([2, 3]);
  });
});

describe.concurrent("an order that lies in several warehouses", () => {
  test("makes one shipment for each, holds its stock there, and shows partially_shipped, shipped, completed (E2, E9)", async () => {
    const it = await split({ parts: 3 });
    await waitFor("all to be requested", async () => (await standing(it)).join() === "requested,requested,requested");
    const { shipments } = await idem.read(it.order);
    expect(shipments.map(({ lines }: { lines: unknown }) => lines)).toEqual(
      it.parts.map(({ sku }) => [{ sku, quantity: 1 }]),
    );
    for (const { sku, warehouse } of it.parts) {
      const { warehouses } = (await idem.acme.get(`/v1/stock/${sku}`)).json;
      expect(warehouses).toContainEqual({ warehouse, onHand: 3, reserved: 1, available: 2 });
    }
    const [east, north, west] = it.parts;
    await move(north, "shipped");
    await idem.reaches(it.order, "partially_shipped");
    await move(east, "delivered");
    await waitFor("two to have left", async () => (await standing(it)).join() === "delivered,shipped,requested");
    expect((await idem.read(it.order)).status).toBe("partially_shipped");
    await move(west, "shipped");
    await idem.reaches(it.order, "shipped");
    for (const part of [north, west]) await move(part, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await shelves(it)).toEqual([2, 2, 2]);
    expect(await idem.outside.kinds(it.order.id)).toEqual([
      "authorization",
      "shipment",
      "shipment",
      "shipment",
      "capture",
    ]);
    await waitFor(
      "an email for each shipment",
      async () => (await idem.mailKinds(it.order)).filter((kind) => kind === "shipped").length === 3,
    );
  });

  test("is split over two warehouses by the line that none holds whole", async () => {
    const sku = await idem.stockedSku(0);
    for (const [warehouse, onHand] of [
      ["east", 2],
      ["north", 3],
    ] as const) {
      await idem.acme.put(`/v1/stock/${sku}`, { onHand, warehouse });
    }
    const amount = idem.amount();
    const order = await idem.place(idem.order({ lines: [{ sku, quantity: 5, unitPrice: amount / 5 }], total: amount }));
    const { shipments } = await idem.reaches(order, "completed");
    expect(shipments.map(({ lines }: { lines: unknown }) => lines)).toEqual([
      [{ sku, quantity: 2 }],
      [{ sku, quantity: 3 }],
    ]);
    expect(await idem.stock(sku)).toEqual({ onHand: 0, reserved: 0, available: 0 });
  });
});

describe.concurrent("without several captures the first shipment that left takes all (E9)", () => {
  test("and the others take nothing more", async () => {
    const it = await split();
    const [east, north] = it.parts;
    await move(north, "shipped");
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    await move(east, "delivered");
    await move(north, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await movements(it, "capture")).toEqual([total(it)]);
    expect(await idem.calls(it.order, "capture")).toHaveLength(1);
  });

  test("and one that fails later has its share refunded and its stock back", async () => {
    const it = await split();
    const [east, north] = it.parts;
    await move(north, "shipped");
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    await move(east, "failed");
    await comesTo(it, { live: 0, captured: total(it), refunded: east?.share ?? 0 });
    await idem.reaches(it.order, "shipped");
    await move(north, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await movements(it, "refund")).toEqual([east?.share]);
    expect(await shelves(it)).toEqual([3, 2]);
    expect((await idem.read(it.order)).failure).toBeNull();
  });

  test("but not the share of one that had failed before, which is released", async () => {
    const it = await split({ parts: 3 });
    const [east, north, west] = it.parts;
    await move(west, "failed");
    await waitFor("its failure to be known", async () => (await standing(it)).includes("failed"));
    expect((await idem.read(it.order)).status).toBe("confirmed");
    await move(east, "shipped");
    await comesTo(it, { live: 0, captured: total(it) - (west?.share ?? 0), refunded: 0 });
    await move(north, "shipped");
    await idem.reaches(it.order, "shipped");
    for (const part of [east, north]) await move(part, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await shelves(it)).toEqual([2, 2, 3]);
    expect([await movements(it, "capture"), await movements(it, "refund")]).toEqual([
      [total(it) - (west?.share ?? 0)],
      [],
    ]);
  });
});

describe.concurrent("a capture that was refused for good keeps no other from being made (E9)", () => {
  test.each(["mark-done", "skip", "retry"])(
    "the next takes all, and %s then books and takes nothing twice",
    async (action) => {
      const it = await split();
      const [east, north] = it.parts;
      await idem.outside.fault("capture", "refuse", { order: it.order.id });
      await move(east, "shipped");
      const { attention } = await idem.reaches(it.order, "needs_attention");
      expect(attention).toMatchObject({ step: `capture/${east?.id}`, cause: "capture_refused" });
      await move(north, "shipped");
      await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
      const { reference } = (await idem.read(it.order)).payment;
      await idem.resolve(it.order, action, action === "mark-done" ? { reference } : {});
      for (const part of it.parts) await move(part, "delivered");
      const { amounts } = await idem.reaches(it.order, "completed");
      expect([amounts.captured, await movements(it, "capture")]).toEqual([total(it), [total(it)]]);
    },
  );

  test.each(["retry", "skip"])(
    "with several captures its share stays held until an operator says %s",
    async (action) => {
      const it = await split({ multicapture: true });
      const [east, north] = it.parts;
      await idem.outside.fault("capture", "refuse", { order: it.order.id });
      await move(east, "shipped");
      await idem.reaches(it.order, "needs_attention");
      await move(north, "shipped");
      await comesTo(it, { live: east?.share ?? 0, captured: north?.share ?? 0, refunded: 0 });
      await stays("the money's being held", async () => (await idem.outside.money(it.order.id)).live === east?.share);
      await idem.resolve(it.order, action);
      const captured = action === "retry" ? total(it) : (north?.share ?? 0);
      await comesTo(it, { live: 0, captured, refunded: 0 });
      for (const part of it.parts) await move(part, "delivered");
      const { amounts } = await idem.reaches(it.order, "completed");
      expect(amounts.captured).toBe(captured);
    },
  );
});

describe.concurrent("with several captures each shipment takes its share (E9)", () => {
  test("and the last the rest, adjustments spread by line value", async () => {
    // 1,001 over 10,000 : 10,000 : the rest, rounded down, the odd units to the largest remainders.
    const it = await split({
      parts: 3,
      multicapture: true,
      adjustments: [
        { kind: "shipping", label: "post", amount: 1_501 },
        { kind: "discount", label: "welcome", amount: -500 },
      ],
      shares: (prices) => {
        const sum = prices.reduce((all, price) => all + price, 0);
        const parts = prices.map((price) => Math.floor((1_001 * price) / sum));
        const odd = 1_001 - parts.reduce((all, part) => all + part, 0);
        const largest = prices
          .map((price, at) => ({ at, remainder: (1_001 * price) % sum }))
          .sort((one, other) => other.remainder - one.remainder || one.at - other.at)
          .slice(0, odd)
          .map(({ at }) => at);
        return prices.map((price, at) => price + (parts[at] ?? 0) + (largest.includes(at) ? 1 : 0));
      },
    });
    const [east, north, west] = it.parts;
    expect(it.parts.reduce((sum, { share }) => sum + share, 0)).toBe(total(it));
    await move(west, "shipped");
    await comesTo(it, { live: total(it) - (west?.share ?? 0), captured: west?.share ?? 0, refunded: 0 });
    expect((await idem.read(it.order)).payment.status).toBe("captured");
    for (const part of [east, north]) {
      await move(part, "shipped");
      await waitFor("its share", async () => (await movements(it, "capture")).includes(part?.share ?? 0));
    }
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    await idem.reaches(it.order, "shipped");
    for (const part of it.parts) await move(part, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await movements(it, "capture")).toEqual([west?.share, east?.share, north?.share]);
  });

  test("two that leave at one moment take theirs one after the other", async () => {
    const it = await split({ parts: 3, multicapture: true });
    await Promise.all(it.parts.map((part) => move(part, "shipped")));
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    expect((await movements(it, "capture")).toSorted((one, other) => one - other)).toEqual(
      it.parts.map(({ share }) => share).toSorted((one, other) => one - other),
    );
    for (const part of it.parts) await move(part, "delivered");
    await idem.reaches(it.order, "completed");
  });

  test("and one that fails before it left has its share released at once and its stock back", async () => {
    const it = await split({ multicapture: true });
    const [east, north] = it.parts;
    await move(east, "shipped");
    await comesTo(it, { live: north?.share ?? 0, captured: east?.share ?? 0, refunded: 0 });
    await move(north, "failed");
    await comesTo(it, { live: 0, captured: east?.share ?? 0, refunded: 0 });
    await idem.reaches(it.order, "shipped");
    await move(east, "delivered");
    await idem.reaches(it.order, "completed");
    expect([await movements(it, "void"), await movements(it, "refund")]).toEqual([[north?.share], []]);
    expect(await shelves(it)).toEqual([2, 3]);
  });
});

describe.concurrent("a shipment that fails after it left gives its share back and not its stock (E2, E9)", () => {
  test.each([[false], [true]])("several captures granted: %s", async (multicapture) => {
    const it = await split({ multicapture });
    const [east, north] = it.parts;
    for (const part of it.parts) await move(part, "shipped");
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    await move(east, "failed");
    await comesTo(it, { live: 0, captured: total(it), refunded: east?.share ?? 0 });
    await move(north, "delivered");
    await idem.reaches(it.order, "completed");
    expect(await movements(it, "refund")).toEqual([east?.share]);
    expect(await shelves(it)).toEqual([2, 2]);
    await waitFor("the customer to be notified", async () => (await idem.mailKinds(it.order)).includes("refunded"));
  });

  test("and the order ends completed when the others never leave", async () => {
    const it = await split();
    const [east, north] = it.parts;
    await move(east, "shipped");
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    await move(east, "failed");
    await comesTo(it, { live: 0, captured: total(it), refunded: east?.share ?? 0 });
    expect((await idem.read(it.order)).status).toBe("partially_shipped");
    await move(north, "failed");
    await comesTo(it, { live: 0, captured: total(it), refunded: total(it) });
    await idem.reaches(it.order, "completed");
    expect(await shelves(it)).toEqual([2, 3]);
  });
});

describe.concurrent("an order none of whose shipments leaves ends cancelled with shipment_failed, through cancelling (E1)", () => {
  test.each([[1], [3]])("%i shipments", async (parts) => {
    const it = await split({ parts });
    for (const part of it.parts) await move(part, "failed");
    const { failure, payment } = await idem.reaches(it.order, "cancelled");
    expect([failure, payment.status]).toEqual([{ code: "shipment_failed", reason: null }, "voided"]);
    await comesTo(it, { live: 0, captured: 0, refunded: 0 });
    expect(await movements(it, "void")).toEqual([total(it)]);
    expect(await shelves(it)).toEqual(it.parts.map(() => 3));
    await waitFor("the customer to be notified", async () => (await idem.mailKinds(it.order)).includes("cancelled"));
  });
});

describe.concurrent("a cancel of a split order (E7)", () => {
  test("recalls every shipment, lets the money go and puts all stock back", async () => {
    const it = await split({ parts: 3 });
    await idem.cancel(it.order);
    await idem.reaches(it.order, "cancelled");
    expect(await standing(it)).toEqual(["recalled", "recalled", "recalled"]);
    await idem.leavesNothing(it.order);
    expect(await shelves(it)).toEqual([3, 3, 3]);
    const kinds = await idem.outside.kinds(it.order.id);
    expect(kinds.slice(-4)).toEqual(["recall", "recall", "recall", "void"]);
  });

  const races = [
    ["the first to be asked for", 0, false],
    ["the last to be asked for", 2, false],
    ["the first to be asked for", 0, true],
    ["the last to be asked for", 2, true],
  ] as const;
  test.each(races)(
    "loses to %s (place %i, several captures: %s): that one goes on, the others have their share released or refunded",
    async (_which, at, multicapture) => {
      const it = await split({ parts: 3, multicapture });
      const gone = it.parts[at];
      const share = gone?.share ?? 0;
      await move(gone, "shipped", false);
      expect((await idem.cancel(it.order)).json.status).toBe("cancelling");
      const lost = await idem.reaches(it.order, "shipped", "partially_shipped");
      expect(lost.failure).toBeNull();
      const types = await idem.eventTypes(it.order);
      expect(types.filter((type) => type === "cancel.lost")).toHaveLength(1);
      await waitFor(
        "the others to be back",
        async () => (await standing(it)).filter((one) => one === "recalled").length === 2,
      );
      await waitFor("the others' shares to be back", async () => {
        const { live, net } = await idem.outside.money(it.order.id);
        return live === 0 && net === share;
      });
      // Only what had been captured is refunded: all of it, where the one that left was found first.
      expect((await movements(it, "refund")).length).toBe(at === 2 && !multicapture ? 2 : 0);
      await move(gone, "delivered");
      const { amounts } = await idem.reaches(it.order, "completed");
      expect(amounts.captured - amounts.refunded).toBe(share);
      expect(await shelves(it)).toEqual(it.parts.map((part) => (part === gone ? 2 : 3)));
      expect((await idem.cancel(it.order)).problem).toBe("order-not-cancellable");
      expect(await idem.mailKinds(it.order)).not.toContain("cancelled");
    },
  );

  test("is refused once one shipment is reported shipped", async () => {
    const it = await split();
    await move(it.parts[0], "shipped");
    await idem.reaches(it.order, "partially_shipped");
    const answer = await idem.cancel(it.order);
    expect([answer.status, answer.problem]).toEqual([409, "order-not-cancellable"]);
  });
});

describe.concurrent("an authorization that ends soon (E9)", () => {
  test("ends an order of which nothing left as cancelled with authorization_expired", async () => {
    const it = await split({ authorizedFor: soon(2) });
    const { failure } = await idem.reaches(it.order, "cancelled");
    expect(failure).toEqual({ code: "authorization_expired", reason: null });
    await idem.leavesNothing(it.order);
    expect(await standing(it)).toEqual(["recalled", "recalled"]);
    expect(await shelves(it)).toEqual([3, 3]);
  });

  test("recalls nothing of an order whose money was all taken with its first shipment", async () => {
    const it = await split({ authorizedFor: soon(10) });
    const [east, north] = it.parts;
    await move(east, "shipped");
    await comesTo(it, { live: 0, captured: total(it), refunded: 0 });
    const givesUpAt = await idem.db.query(
      "select capture_before - interval '12 hours' as at from orders where id = $1",
      [it.order.id],
    );
    await waitFor("that moment to pass", () => Date.now() > givesUpAt.rows[0].at.getTime());
    await stays("the second shipment's being requested", async () => (await standing(it))[1] === "requested", 2_000);
    await move(north, "delivered");
    await move(east, "delivered");
    await idem.reaches(it.order, "completed");
    expect([await movements(it, "capture"), await movements(it, "refund")]).toEqual([[total(it)], []]);
  });
});

describe.concurrent("a delivery that is overdue needs an operator (DELIVERY_DEADLINE)", () => {
  const overdue = async () => {
    const it = await split({ parts: 1, by: hurried });
    await move(it.parts[0], "shipped");
    const { attention } = await idem.reaches(it.order, "needs_attention");
    expect(attention).toMatchObject({
      step: `delivery/${it.parts[0]?.id}`,
      cause: "delivery_overdue",
      amount: total(it),
    });
    expect(attention.actions).toEqual(["mark-done", "skip"]);
    return it;
  };

  test("and is cleared when the delivery is reported after all", async () => {
    const it = await overdue();
    await move(it.parts[0], "delivered");
    const { attention } = await idem.reaches(it.order, "completed");
    expect(attention).toBeNull();
  });

  test("mark-done completes the order", async () => {
    const it = await overdue();
    await idem.resolve(it.order, "mark-done");
    const { shipments } = await idem.reaches(it.order, "completed");
    expect(shipments[0].status).toBe("delivered");
  });

  test("skip goes on waiting and needs no operator again", async () => {
    const it = await overdue();
    await idem.resolve(it.order, "skip");
    await idem.reaches(it.order, "shipped");
    await stays("no operator's being needed", async () => (await idem.read(it.order)).status === "shipped", 3_000);
    await move(it.parts[0], "delivered");
    expect((await idem.reaches(it.order, "completed")).attention).toBeNull();
  });
});
