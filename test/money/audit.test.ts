import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderWorkflowId } from "../../src/idempotency/derived-ids.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";
import { idemCli } from "../rig/idem-cli.js";

/** `idem audit` compares order database, provider and warehouse, order by order; what does not add up is listed and is status 1. */

let idem: TestApp;
/** Another client with the account's key. */
let stripe: Stripe;

beforeAll(async () => {
  idem = await TestApp.start(23, { LOOKUP_AFTER: "2s" });
  const { hostname: host, port } = new URL(idem.env["STRIPE_API_BASE"] ?? "");
  stripe = new Stripe("sk_test_somebody", { host, port: Number(port), protocol: "http", telemetry: false });
});
afterAll(() => idem.stop());

interface Audit {
  status: number;
  /** The order concerned (null for none), and what differs. */
  list: [order: string | null, what: string][];
  summary: string;
}

async function audit(): Promise<Audit> {
  const { status, stdout, stderr } = await idemCli(idem.env, "audit");
  if (stdout === "") throw new Error(`the audit ended with ${status}: ${stderr}`);
  const lines = stdout.trimEnd().split("\n");
  const summary = lines.pop() ?? "";
  return {
    status,
    summary,
    list: lines.map((line) => [line.startsWith("-") ? null : line.slice(0, 36), line.slice(38)]),
  };
}

/** As if the order had never been, here and outside. */
async function erase(order: PlacedOrder): Promise<void> {
  await idem.client.workflow
    .getHandle(orderWorkflowId(order.id))
    .terminate("erased")
    .catch(() => {}); // it may have closed
  await idem.db.query(
    "update stock set reserved = reserved - quantity from shipments, jsonb_to_recordset(lines) as line (sku text, quantity bigint) where order_id = $1 and status in ('pending', 'requested') and stock.sku = line.sku and stock.warehouse = shipments.warehouse and stock.tenant = 'acme'",
    [order.id],
  );
  for (const table of [
    "outbox",
    "commands",
    "operations",
    "order_events",
    "shipments",
    "ledger_entries",
    "refunds",
    "emails",
    "provider_events",
    "attentions",
  ]) {
    await idem.db.query(`delete from ${table} where order_id = $1`, [order.id]);
  }
  await idem.db.query("delete from orders where id = $1", [order.id]);
  await idem.outside.reset(order.id);
}

const reference = async (order: PlacedOrder): Promise<string> => (await idem.read(order)).payment.reference;

/** An order of two articles in two warehouses, whose shipments wait there. */
async function split(): Promise<{ order: PlacedOrder; shipments: string[]; shares: number[] }> {
  const skus = [await idem.stockedSku(0), await idem.stockedSku(0)] as const;
  for (const [at, warehouse] of (["east", "north"] as const).entries()) {
    await idem.acme.put(`/v1/stock/${skus[at]}`, { onHand: 1, warehouse });
    await idem.outside.hold({ sku: skus[at] ?? "" });
  }
  const total = idem.amount();
  const shares = [10_000, total - 10_000];
  const order = await idem.place(
    idem.order({ lines: skus.map((sku, at) => ({ sku, quantity: 1, unitPrice: shares[at] })), total }),
  );
  const shipments = await waitFor("both shipments", async () => {
    const there = await idem.outside.shipments(order.id);
    return there.length === 2 ? there : null;
  });
  const ids = (["east", "north"] as const).map(
    (name) => shipments.find(({ warehouse }) => warehouse === name)?.id ?? "",
  );
  return { order, shipments: ids, shares };
}

async function refunded(order: PlacedOrder, amount: number): Promise<void> {
  await waitFor("the refund", async () => (await idem.read(order)).amounts.refunded === amount);
}

/** Every path that an order may take, each to where it stays. */
const PATHS: Record<string, () => Promise<unknown>> = {
  completed: () => idem.completed(),
  free: async () =>
    idem.reaches(
      await idem.place(
        idem.order({ lines: [{ sku: "MUG-1", quantity: 1, unitPrice: 0 }], total: 0, payment: undefined }),
      ),
      "completed",
    ),
  declined: async () => idem.reaches(await idem.place(idem.order({ method: "pm_card_chargeDeclined" })), "rejected"),
  "out of stock": async () => idem.reaches(await idem.place(idem.order({ sku: await idem.stockedSku(0) })), "rejected"),
  cancelled: async () => {
    const order = await idem.held();
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
  },
  waiting: () => idem.held(),
  refunded: async () => {
    const order = await idem.completed();
    await idem.refund(order, { amount: 70 });
    await idem.refund(order);
    await refunded(order, order.body.total);
  },
  "with a refund that is not on record": async () => {
    const order = await idem.completed();
    await idem.outside.fault("refund", "silent-after", { order: order.id, count: -1 });
    await idem.outside.fault("webhook", "drop-before", { order: order.id, count: -1 });
    await idem.outside.fault("lookup", "fail-before", { order: order.id, count: 3 });
    await idem.refund(order);
    await waitFor("the refund to be made", async () => (await idem.outside.kinds(order.id)).includes("refund"));
  },
  "paid late": async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await idem.outside.lateSuccess(order.id);
    await refunded(order, order.body.total);
  },
  split: async () => {
    const { order } = await split();
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
  },
  "split, with one lost in transit": async () => {
    const { order, shipments, shares } = await split();
    await idem.outside.advance(order.id, "shipped");
    await idem.reaches(order, "shipped");
    await idem.outside.advance({ shipment: shipments[0] ?? "" }, "failed");
    await idem.outside.advance({ shipment: shipments[1] ?? "" }, "delivered");
    await idem.reaches(order, "completed");
    await refunded(order, shares[0] ?? 0);
  },
  "split, refunded by the shop before one failed": async () => {
    const { order, shipments } = await split();
    await idem.outside.advance({ shipment: shipments[1] ?? "" }, "shipped");
    await waitFor("the capture", async () => (await idem.read(order)).amounts.captured > 0);
    await idem.refund(order);
    await refunded(order, order.body.total);
    await idem.outside.advance({ shipment: shipments[0] ?? "" }, "failed");
    await idem.outside.advance({ shipment: shipments[1] ?? "" }, "delivered");
    await idem.reaches(order, "completed");
  },
};

describe("an audit", () => {
  test("is clean after every path that an order may take", async () => {
    await Promise.all(Object.values(PATHS).map((take) => take()));
    const { status, list, summary } = await audit();
    expect([status, list]).toEqual([0, []]);
    expect(summary).toMatch(new RegExp(`^${Object.keys(PATHS).length} orders, \\d+ payments, 0 discrepancies`));
  }, 90_000);
});

interface Plant {
  name: string;
  /** Plants it; returns what the audit finds then, and how to undo it. */
  plant(): Promise<{ finds: Audit["list"]; undo(): Promise<unknown> }>;
}

/** A discrepancy of an order that is then erased. */
function about(
  name: string,
  make: () => Promise<PlacedOrder>,
  spoil: (order: PlacedOrder, total: number) => Promise<unknown>,
  ...says: ((total: number, order: PlacedOrder) => string | Promise<string>)[]
): Plant {
  return {
    name,
    async plant() {
      const order = await make();
      await spoil(order, order.body.total);
      const what = await Promise.all(says.map(async (say) => say(order.body.total, order)));
      return { finds: what.map((one) => [order.id, one]), undo: () => erase(order) };
    },
  };
}

const completed = () => idem.completed();
const held = () => idem.held();

const PLANTS: Plant[] = [
  about(
    "a stray capture at the provider",
    held,
    async (order) => stripe.paymentIntents.capture(await reference(order)),
    (total) => `the provider captured ${total}, the order database knows of 0`,
  ),
  about(
    "a capture that the provider does not know",
    held,
    (order, total) =>
      idem.db.query(
        "insert into ledger_entries (order_id, name, position, credit, debit, amount, posted_at) values ($1, 'capture/by-hand', 100, 'authorized', 'captured', $2, now())",
        [order.id, total],
      ),
    (total) => `the provider captured 0, the order database knows of ${total}`,
  ),
  about(
    "a refund that is missing in the order database",
    completed,
    async (order) => stripe.refunds.create({ payment_intent: await reference(order), amount: 500 }),
    () => "the provider refunded 500, the order database knows of 0",
  ),
  about(
    "a refund that is missing at the provider",
    completed,
    (order) =>
      idem.db.query(
        "insert into ledger_entries (order_id, name, position, credit, debit, amount, posted_at) values ($1, 'refund/by-hand', 100, 'captured', 'customer', 500, now())",
        [order.id],
      ),
    () => "the provider refunded 0, the order database knows of 500",
  ),
  about(
    "an email that went out twice",
    completed,
    (order) =>
      idem.db.query(
        `insert into order_events (order_id, id, type, actor, data) values ($1, 1000, 'email.sent', 'system', '{"kind": "confirmation"}')`,
        [order.id],
      ),
    () => "the email confirmation went out twice",
  ),
  about(
    "another amount at the provider than was asked for",
    async () => {
      const order = await idem.placeWith("authorize", "wrong-amount", { amountGiven: 4_321 });
      await idem.reaches(order, "needs_attention");
      return order;
    },
    async () => {},
    (total) => `the provider's payment is of 4321, the order of ${total}`,
  ),
  about(
    "another amount in the order database than was captured",
    completed,
    (order) => idem.db.query("update ledger_entries set amount = amount - 1 where order_id = $1", [order.id]),
    (total) => `the provider captured ${total}, the order database knows of ${total - 1}`,
    (total) => `${total - 1} was kept for shipments worth ${total}`,
  ),
  about(
    "money that the provider holds for a closed order",
    async () => {
      const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
      await idem.reaches(order, "awaiting_payment");
      await idem.cancel(order);
      await idem.reaches(order, "cancelled");
      return order;
    },
    async (order) => {
      await idem.outside.fault("webhook", "drop-before", { amount: order.body.total, count: -1 });
      await idem.outside.lateSuccess(order.id, false);
    },
    (total) => `the provider still holds ${total} although the order is closed`,
  ),
  about(
    "a second payment for an order",
    held,
    (order) =>
      stripe.paymentIntents.create({
        amount: 700,
        currency: "eur",
        confirm: true,
        payment_method: "pm_card_visa",
        return_url: "https://shop.example",
        metadata: { orderId: order.id },
      }),
    async (_total, order) =>
      `the payment ${(await idem.outside.payments(order.id)).find(({ amount }) => amount === 700)?.id ?? "?"} is not known to the order database`,
  ),
  {
    name: "stock that is reserved for no order",
    async plant() {
      const sku = await idem.stockedSku(3);
      await idem.db.query("update stock set reserved = 2 where sku = $1", [sku]);
      return {
        finds: [[null, `${sku} in main: 2 is reserved, shipments need 0`]],
        undo: () => idem.db.query("update stock set reserved = 0 where sku = $1", [sku]),
      };
    },
  },
  {
    name: "stock that is reserved for a closed order",
    async plant() {
      const sku = await idem.stockedSku(1);
      const order = await idem.completed({ sku });
      await idem.db.query("update stock set on_hand = 1, reserved = 1 where sku = $1", [sku]);
      return {
        finds: [[null, `${sku} in main: 1 is reserved, shipments need 0`]],
        undo: async () => {
          await erase(order);
          await idem.db.query("update stock set reserved = 0 where sku = $1", [sku]);
        },
      };
    },
  },
  about(
    "a shipment that the warehouse does not know",
    completed,
    (order) => idem.db.query("update shipments set id = 'shp_' || repeat('a', 32) where order_id = $1", [order.id]),
    () => `the warehouse does not know that the shipment shp_${"a".repeat(32)} left`,
  ),
  ...(["ord_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "somebody-else", null] as const).map((orderId): Plant => ({
    name: `a payment at the provider whose order is ${orderId ?? "not named"}`,
    async plant() {
      const { id } = await stripe.paymentIntents.create({
        amount: 700,
        currency: "eur",
        confirm: true,
        payment_method: "pm_card_visa",
        return_url: "https://shop.example",
        ...(orderId !== null && { metadata: { orderId } }),
      });
      return {
        finds: [[null, `the payment ${id} belongs to no order in the order database`]],
        undo: async () => (orderId === null ? undefined : idem.outside.reset(orderId)),
      };
    },
  })),
];

describe("an audit finds, each on its own,", () => {
  test.each(PLANTS.map((plant) => [plant.name, plant] as const))("%s", async (_name, { plant }) => {
    const { finds, undo } = await plant();
    const { status, list, summary } = await audit();
    await undo();
    expect(list).toEqual(finds);
    expect([status, summary]).toEqual([1, expect.stringContaining(`${finds.length} discrepanc`)]);
  });
});
