import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { loadOrder } from "../../src/database/load-order.js";
import { migrate } from "../../src/database/migrate.js";
import { type ConnectedPool, createPool } from "../../src/database/pool.js";
import { acceptOrder } from "../../src/database/queries/accept-order.js";
import { storeFact } from "../../src/database/queries/store-fact.js";
import { saveOrder } from "../../src/database/save-order.js";
import { applyChange, isUnchanged } from "../../src/domain/change.js";
import type { ProviderFact, ResolutionFact } from "../../src/domain/fact.js";
import type { Order } from "../../src/domain/order.js";
import { type Move, movesOf } from "../explore/moves.js";
import { NOW, SCENARIOS, type Scenario } from "../explore/orders.js";
import { RULES } from "../explore/rules.js";
import { createDatabase } from "../rig/database.js";

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: ConnectedPool;
beforeAll(async () => {
  database = await createDatabase(inject("engines").databaseUrl);
  await migrate(database.url);
  pool = createPool(database.url, 2);
});
afterAll(async () => {
  await pool.close();
  await database.drop();
});

const TABLES = [
  ...["outbox", "commands", "operations", "order_events", "shipments", "stock", "ledger_entries", "refunds", "emails"],
  ...["provider_events", "attentions", "order_repeats", "orders"],
];

/** The scenario's order and stock, and nothing else. */
async function begin({ order, free }: Scenario): Promise<void> {
  await pool.query(`truncate ${TABLES.join(", ")}`, []);
  for (const [warehouse, shelf] of free)
    for (const [sku, onHand] of shelf)
      await pool.query("insert into stock values ($1, $2, $3, $4)", [order.tenant, sku, warehouse, onHand]);
  const { id, tenant, currency, total, policy, request } = order;
  const fingerprint = { version: 1, digest: digestOf(id) };
  const raw = Buffer.from(JSON.stringify(request));
  await acceptOrder(pool, {
    id,
    tenant,
    currency,
    total,
    policy,
    raw,
    fingerprint,
    reference: null,
    email: "ada@example.com",
    keyId: null,
  });
  await pool.query("update orders set created_at = $2 where id = $1", [id, new Date(order.acceptedAt)]);
}

const digestOf = (text: string) => createHash("sha256").update(text).digest();

/** What the move makes of the order, saved, and as the pure function has it. */
async function make(order: Order, move: Move, at: number): Promise<Order> {
  const { stores } = move;
  if (stores && stores.about !== "resolution") return store(order, stores, at);
  const change = move.apply(RULES, order);
  if (isUnchanged(change) && !stores) return order;
  const after = applyChange(order, change);
  const command = stores && commandOf(stores, at);
  const refund = newRefundOf(order, after);
  const saved = await saveOrder(pool, order, change, after, { ...(command && { command }), ...(refund && { refund }) });
  expect(saved).not.toBeNull();
  return stores ? withFact(after, { type: "resolve-order", ...stores }, 0) : after;
}

async function store(order: Order, fact: ProviderFact, at: number): Promise<Order> {
  const event = { provider: "idem", eventId: `evt_${at}`, type: "event", orderId: order.id, fact } as const;
  await storeFact(pool, event, RULES.signalOf(order.id, fact));
  return withFact(order, { type: "event", ...fact }, 1);
}

function withFact(order: Order, fact: { type: string } & (ProviderFact | ResolutionFact), versions: number): Order {
  const number = order.factCount + 1;
  return {
    ...order,
    factCount: number,
    version: order.version + versions,
    facts: [...order.facts, { number, ...fact }],
  };
}

function commandOf(
  { attentionId, actor, keyId, action, reference, paidOtherwise, reason }: ResolutionFact,
  at: number,
) {
  const body = { action, reason, ...(reference !== null && { reference }), ...(paidOtherwise && { paidOtherwise }) };
  const fingerprint = { version: 1, digest: digestOf(String(at)) };
  return { id: `cmd_${at}`, operation: "resolve-order", fingerprint, body, actor, keyId, attentionId } as const;
}

/** A refund that a merchant requested is stored with its fingerprint. */
function newRefundOf(before: Order, after: Order) {
  const made = after.refunds.find(({ id, automatic }) => !automatic && !before.refunds.some((one) => one.id === id));
  return made ? { id: made.id, fingerprint: { version: 1, digest: digestOf(made.id) }, reason: null } : undefined;
}

const readable = SCENARIOS.filter(({ order }) => order.request !== null);

test("a saved change leaves in the database what applyChange says, whatever happens to an order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...readable),
      fc.array(fc.nat(), { minLength: 5, maxLength: 30 }),
      async (scenario, choices) => {
        await begin(scenario);
        let { order } = scenario;
        for (const [at, choice] of choices.entries()) {
          const moves = movesOf(order, scenario, RULES).filter((move) => isMade(order, move));
          const move = moves[choice % moves.length];
          if (!move) break;
          order = await make(order, move, at);
          const loaded = await loadOrder(pool, order.id);
          expect({ move: move.name, order: loaded?.order }).toEqual({ move: move.name, order });
        }
      },
    ),
    { numRuns: 300, seed: Number(process.env["SEED"] ?? 1) },
  );
});

/** A walk that changes something with each step; now and then it stores what is applied later. */
function isMade(order: Order, move: Move): boolean {
  return move.stores !== undefined || !isUnchanged(move.apply(RULES, order));
}

test("a change that was decided on another version of the order is not saved", async () => {
  const [scenario] = readable;
  if (!scenario) throw new Error("there is no scenario");
  await begin(scenario);
  const change = RULES.reserve(scenario.order, { runId: "run-1", free: scenario.free, granularity: 1 }, NOW);
  const after = applyChange(scenario.order, change);
  expect(await saveOrder(pool, { ...scenario.order, version: 7 }, change, after)).toBeNull();
  expect((await loadOrder(pool, scenario.order.id))?.order).toEqual(scenario.order);
});
