import { expect } from "vitest";
import type { Caller } from "./caller.js";
import type { PlacedOrder, TestApp } from "./test-app.js";
import { waitFor } from "./wait-for.js";

const WAREHOUSES = ["east", "north", "west"] as const;
type Warehouse = (typeof WAREHOUSES)[number];

/** One shipment of a split order, as the test knows it. */
export interface Part {
  warehouse: Warehouse;
  sku: string;
  share: number;
  /** Its id at the warehouse. */
  id: string;
}

export interface Split {
  order: PlacedOrder;
  parts: Part[];
}

export interface SplitWish {
  parts?: number;
  /** Several captures are granted. */
  multicapture?: boolean;
  /** How long the provider holds the money, in seconds. */
  authorizedFor?: number;
  adjustments?: { kind: string; label: string; amount: number }[];
  shares?: (prices: number[]) => number[];
  currency?: string;
  by?: Caller;
  /** Sets faults by the order's total before it is placed. */
  prepare?: (total: number) => Promise<unknown>;
}

/** A confirmed order with one SKU in each warehouse, whose shipments stay where they are until a test moves them. */
export async function splitOrder(
  idem: TestApp,
  {
    parts: count = 2,
    multicapture = false,
    authorizedFor,
    adjustments = [],
    shares = (prices) => prices,
    currency = "EUR",
    by = idem.acme,
    prepare,
  }: SplitWish = {},
): Promise<Split> {
  const warehouses = WAREHOUSES.slice(0, count);
  const skus = await Promise.all(warehouses.map(() => idem.stockedSku(0)));
  for (const [at, warehouse] of warehouses.entries()) {
    await idem.acme.put(`/v1/stock/${skus[at]}`, { onHand: 3, warehouse });
    await idem.outside.hold({ sku: skus[at] ?? "" });
  }
  const subtotal = idem.amount();
  const prices = warehouses.map((_, at) => (at === count - 1 ? subtotal - 10_000 * (count - 1) : 10_000));
  const total = adjustments.reduce((sum, { amount }) => sum + amount, subtotal);
  if (multicapture) await idem.outside.fault("authorize", "grant-multicapture", { amount: total });
  if (authorizedFor !== undefined)
    await idem.outside.fault("authorize", "short-authorization", { amount: total, seconds: authorizedFor });
  await prepare?.(total);
  const body = idem.order({
    currency,
    lines: skus.map((sku, at) => ({ sku, quantity: 1, unitPrice: prices[at] })),
    total,
    ...(adjustments.length > 0 && { adjustments }),
  });
  const answer = await by.post("/v1/orders", body);
  expect(answer.status).toBe(202);
  const order = { id: answer.json.id, path: answer.json.links.self, key: "", body, answer };
  const there = await waitFor("a shipment in each warehouse", async () => {
    const shipments = await idem.outside.shipments(order.id);
    return shipments.length === count ? shipments : null;
  });
  const parts = warehouses.map((warehouse, at) => {
    const id = there.find((one) => one.warehouse === warehouse)?.id ?? "";
    return { warehouse, sku: skus[at] ?? "", share: shares(prices)[at] ?? 0, id };
  });
  return { order, parts };
}
