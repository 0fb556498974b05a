import { randomUUID } from "node:crypto";
import { WorkflowNotFoundError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { idFromKey, orderWorkflowId, takeoverWorkflowId } from "../../src/idempotency/derived-ids.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";
import { idemCli } from "../rig/idem-cli.js";

/** What is kept for how long, and that a late duplicate is never dangerous (K6, section 6). */

vi.setConfig({ maxConcurrency: 12, testTimeout: 90_000 });

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(22, { ORDER_RETENTION_DAYS: "1" });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

async function stateOf(workflowId: string): Promise<string> {
  try {
    return (await idem.client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "GONE";
    throw error;
  }
}

/** Temporal's own retention is over; the server takes up to half a minute to be rid of what has just closed. */
async function forget(workflowId: string): Promise<void> {
  const { namespace } = idem.client.options;
  await waitFor("the run to be closed", async () => (await stateOf(workflowId)) === "COMPLETED");
  await idem.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  await waitFor("the run to be gone", async () => (await stateOf(workflowId)) === "GONE", 70_000);
}

/** Long ago: before any purge of this file, and after none. */
const closedLongAgo = (order: PlacedOrder) =>
  idem.db.query(
    "update orders set closed_at = '2020-06-01', version = version + 1 where id = $1 and closed_at is not null",
    [order.id],
  );

const purge = () => idemCli(idem.env, "purge", "--closed-before", "2021-01-01T00:00:00Z");

async function purged(order: PlacedOrder): Promise<PlacedOrder> {
  await idem.owesNothing(order);
  await closedLongAgo(order);
  expect(await purge()).toMatchObject({ status: 0, stdout: expect.stringMatching(/\d+ orders purged\n$/) });
  return order;
}

describe.concurrent("a key that Temporal has forgotten", () => {
  test("answers the same acknowledgement and runs nothing (K6)", async () => {
    const order = await idem.completed();
    const workflowId = orderWorkflowId(order.id);
    await forget(workflowId);
    const effects = await idem.outside.ledger(order.id);
    const again = await Promise.all(
      Array.from({ length: 5 }, () => idem.acme.post("/v1/orders", order.body, { key: order.key })),
    );
    expect(again.map(({ status, text, replayed }) => [status, text, replayed])).toEqual(
      again.map(() => [202, order.answer.text, true]),
    );
    const other = await idem.acme.post("/v1/orders", { ...order.body, reference: "other" }, { key: order.key });
    expect([other.status, other.problem]).toEqual([409, "idempotency-key-reused"]);
    await stays("no run", async () => (await stateOf(workflowId)) === "GONE");
    expect(await stateOf(takeoverWorkflowId(order.id))).toBe("GONE");
    expect(await idem.outside.ledger(order.id)).toEqual(effects);
    expect((await idem.read(order)).status).toBe("completed");
  });
});

describe.concurrent("a purged order", () => {
  test("answers its repeat 410, another intention 409, and its owner 410 on every route (K6, M15)", async () => {
    const order = await idem.completed();
    const refund = (await idem.refund(order, { amount: 70 })).json;
    await waitFor("the refund", async () => (await idem.acme.get(refund.links.self)).json.status === "succeeded");
    await purged(order);
    const repeat = await idem.acme.post("/v1/orders", order.body, { key: order.key });
    expect([repeat.status, repeat.problem, repeat.replayed]).toEqual([410, "order-purged", false]);
    const waiting = await idem.acme.post("/v1/orders", order.body, { key: order.key, headers: { Prefer: "wait=2" } });
    expect(waiting.problem).toBe("order-purged");
    const other = await idem.acme.post("/v1/orders", { ...order.body, reference: "other" }, { key: order.key });
    expect([other.status, other.problem]).toEqual([409, "idempotency-key-reused"]);

    const answers = [
      await idem.acme.get(order.path),
      await idem.operator.get(order.path),
      await idem.acme.get(`${order.path}/events`),
      await idem.acme.get(`${order.path}/events`, { Accept: "text/event-stream" }),
      await idem.acme.get(`${order.path}/refunds`),
      await idem.acme.get(`${order.path}/refunds/${refund.id}`),
      await idem.cancel(order),
      await idem.refund(order),
      await idem.decide(order, "approve"),
      await idem.resolve(order, "retry"),
      await idem.acme.post(`${order.path}/refresh`, {}),
      await idem.acme.post(`${order.path}/address`, { shipTo: order.body.shipTo }),
    ];
    expect(answers.map(({ status, problem }) => [status, problem])).toEqual(answers.map(() => [410, "order-purged"]));
  });

  test("frees its unique reference (section 6)", async () => {
    const order = await idem.completed({ uniqueReference: true });
    const again = () => idem.acme.post("/v1/orders", order.body);
    expect((await again()).problem).toBe("reference-in-use");
    await purged(order);
    expect((await again()).status).toBe(202);
  });

  test("answers 410 to the repeat of a command that was accepted before (section 6)", async () => {
    const order = await idem.held();
    const key = randomUUID();
    expect((await idem.cancel(order, {}, { key })).status).toBe(200);
    await idem.reaches(order, "cancelled");
    await purged(order);
    const repeat = await idem.cancel(order, {}, { key });
    expect([repeat.status, repeat.problem]).toEqual([410, "order-purged"]);
  });

  test("is unknown to foreigners, like an id that never was", async () => {
    const order = await purged(await idem.completed());
    const never = order.path.replace(
      order.id,
      idFromKey({ tenant: "acme", operation: "place-order", parentId: null }, randomUUID()),
    );
    for (const path of ["", "/events", "/refunds"]) {
      const [foreign, unknown] = [await idem.globex.get(order.path + path), await idem.globex.get(never + path)];
      const { requestId: _one, ...shown } = foreign.json;
      const { requestId: _other, ...known } = unknown.json;
      expect([foreign.status, shown]).toEqual([404, known]);
    }
    const cancel = await idem.cancel(order, {}, { as: idem.globex });
    expect(cancel.status).toBe(404);
  });

  test("is not listed", async () => {
    const [gone, kept] = [await idem.completed(), await idem.completed()];
    await purged(gone);
    const listed = async ({ body }: PlacedOrder) =>
      (await idem.acme.get(`/v1/orders?reference=${body.reference}`)).json.items.length;
    expect([await listed(gone), await listed(kept)]).toEqual([0, 1]);
    const all = (await idem.acme.get("/v1/orders?limit=100")).json.items.map(({ id }: { id: string }) => id);
    expect([all.includes(gone.id), all.includes(kept.id)]).toEqual([false, true]);
  });

  test("leaves id, tenant, fingerprint, times, provider references and net amounts, and no personal data in any table", async () => {
    const mark = randomUUID().replaceAll("-", "");
    const recorded = {
      customer: { email: `${mark}@example.com`, name: `Ada ${mark}`, phone: `+44${mark}` },
      shipTo: {
        name: `Ada ${mark}`,
        line1: `1 ${mark} St`,
        city: `London ${mark}`,
        postalCode: "N1 1AA",
        country: "GB",
      },
      reference: `cart-${mark}`,
      metadata: { channel: mark },
    };
    const order = await idem.place(idem.order({ ...recorded, method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    const moved = { shipTo: { ...recorded.shipTo, line1: `2 ${mark} St` } };
    expect((await idem.acme.post(`${order.path}/address`, moved)).status).toBe(200);
    await idem.outside.customer(order.id);
    await idem.reaches(order, "completed");
    await idem.refund(order, { amount: 70, reason: `she said ${mark}` });
    await waitFor("the refund", async () => (await idem.read(order)).amounts.refunded === 70);
    expect(await tablesWith(mark)).toEqual(["commands", "orders", "refunds"]);
    const { payment } = await idem.read(order);
    await purged(order);
    expect(await tablesWith(mark)).toEqual([]);

    const { rows } = await idem.db.query("select * from orders where id = $1", [order.id]);
    expect(rows[0]).toMatchObject({
      id: order.id,
      tenant: "acme",
      status: "completed",
      payment_reference: payment.reference,
      request_body: null,
      reference: null,
      email_hash: null,
    });
    expect(rows[0].fingerprint).toHaveLength(32);
    expect([rows[0].created_at, rows[0].closed_at, rows[0].purged_at].every((time) => time instanceof Date)).toBe(true);
    const net = await idem.db.query(
      "select sum(case when debit = 'captured' then amount when credit = 'captured' then -amount else 0 end)::int as net from ledger_entries where order_id = $1",
      [order.id],
    );
    expect(net.rows[0].net).toBe(order.body.total - 70);
  });

  test("is purged once: a second purge changes nothing", async () => {
    const order = await purged(await idem.completed());
    const row = async () => (await idem.db.query("select * from orders where id = $1", [order.id])).rows[0];
    const before = await row();
    expect((await purge()).status).toBe(0);
    expect(await row()).toEqual(before);
  });

  test("hears late events without effect", async () => {
    const order = await purged(await idem.completed());
    const effects = await idem.outside.ledger(order.id);
    const late = [
      await idem.outside.webhook({ type: "payment_intent.succeeded", order: order.id, which: "fresh" }),
      await idem.outside.webhook({ type: "payment_intent.amount_capturable_updated", order: order.id }),
      await idem.outside.webhook({
        provider: "fulfilment",
        type: "shipment.delivered",
        order: order.id,
        which: "fresh",
      }),
      await idem.outside.webhook({ provider: "fulfilment", type: "shipment.failed", order: order.id, which: "fresh" }),
    ];
    expect(late.flat().every((status) => status >= 200 && status < 300)).toBe(true);
    await idem.owesNothing(order);
    expect((await idem.acme.get(order.path)).status).toBe(410);
    expect(await idem.outside.ledger(order.id)).toEqual(effects);
  });

  test.each([[true], [false]])("returns money that arrives late all the same (captured: %s, E8)", async (captured) => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await waitFor("its own run to end", async () => (await stateOf(orderWorkflowId(order.id))) === "COMPLETED");
    await purged(order);
    await idem.outside.lateSuccess(order.id, captured);
    await idem.leavesNothing(order);
    expect((await idem.acme.get(order.path)).status).toBe(410);
    await idem.owesNothing(order);
    expect((await idem.db.query("select kind from emails where order_id = $1", [order.id])).rows).toEqual([]);
    await waitFor("no run to go on", async () => (await stateOf(takeoverWorkflowId(order.id))) === "COMPLETED");
  });
});

/** The tables in which a text stands, in the clear or in bytes. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows } = await idem.db.query(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const found: string[] = [];
  for (const { name } of rows as { name: string }[]) {
    const bytes = Buffer.from(text).toString("hex");
    const rowsWith = await idem.db.query(`select 1 from "${name}" as t where to_jsonb(t)::text like any ($1)`, [
      [`%${text}%`, `%${bytes}%`],
    ]);
    if (rowsWith.rows.length > 0) found.push(name);
  }
  return found.sort();
}

describe.concurrent("an order is not purged while it owes something, and is afterwards (section 6)", () => {
  const owing: [name: string, owe: () => Promise<{ order: PlacedOrder; fulfil(): Promise<unknown> }>][] = [
    [
      "an open attention",
      async () => {
        const order = await idem.completed();
        await idem.outside.fault("refund", "refuse", { order: order.id });
        await idem.refund(order);
        await waitFor("an operator to be needed", async () => (await idem.read(order)).attention);
        return { order, fulfil: () => idem.resolve(order, "skip") };
      },
    ],
    [
      "an open refund",
      async () => {
        const order = await idem.completed();
        const fault = await idem.outside.fault("refund", "fail-before", { order: order.id, count: -1 });
        await idem.refund(order);
        await waitFor("the refund to be asked for", async () => (await idem.calls(order, "refund")).length);
        return { order, fulfil: () => idem.outside.heal(fault) };
      },
    ],
    [
      "an email that is not out",
      async () => {
        const body = idem.order();
        const fault = await idem.outside.fault("mail", "fail-before", { to: body.customer.email, count: -1 });
        const order = await idem.place(body);
        await idem.reaches(order, "completed");
        return { order, fulfil: () => idem.outside.heal(fault) };
      },
    ],
    [
      "money that is held",
      async () => {
        const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
        await idem.reaches(order, "awaiting_payment");
        await idem.cancel(order);
        await idem.reaches(order, "cancelled");
        await idem.owesNothing(order);
        const fault = await idem.outside.fault("void", "fail-before", { order: order.id, count: -1 });
        await idem.outside.lateSuccess(order.id, false);
        await waitFor("the void to be tried", async () => (await idem.outside.hits(fault)) > 0);
        return { order, fulfil: () => idem.outside.heal(fault) };
      },
    ],
  ];

  test.each(owing)("%s", async (_what, owe) => {
    const { order, fulfil } = await owe();
    await closedLongAgo(order);
    expect((await purge()).status).toBe(0);
    expect((await idem.acme.get(order.path)).status).toBe(200);
    await fulfil();
    // The next attempt may be 30 s away (E4).
    await waitFor(
      "what was owed to be done, and the purge",
      async () => {
        await idem.owesNothing(order);
        await purge();
        return (await idem.acme.get(order.path)).status === 410;
      },
      60_000,
    );
  });
});

describe.concurrent("the purge", () => {
  test("is made by its schedule for what closed, or came of no order, ORDER_RETENTION_DAYS ago, and for nothing younger (section 6, M15)", async () => {
    const [old, young] = [await idem.completed(), await idem.completed()];
    for (const order of [old, young]) await idem.owesNothing(order);
    for (const [order, hours] of [
      [old, 25],
      [young, 23],
    ] as const) {
      await idem.db.query(
        `update orders set closed_at = now() - interval '${hours} hours', version = version + 1 where id = $1`,
        [order.id],
      );
    }
    const events = async () =>
      (
        await idem.db.query<{ id: string }>(
          "select event_id as id from provider_events where event_id like 'evt_unknown_%'",
        )
      ).rows.map(({ id }) => id);
    await idem.db.query(`insert into provider_events (provider, event_id, type, received_at, applied_at) values
      ('stripe', 'evt_unknown_old', 'invoice.created', now() - interval '25 hours', now()),
      ('stripe', 'evt_unknown_young', 'invoice.created', now() - interval '23 hours', now())`);
    await idem.client.schedule.getHandle("purge").trigger();
    await waitFor("the purge", async () => (await idem.acme.get(old.path)).status === 410);
    expect((await idem.acme.get(young.path)).status).toBe(200);
    expect(await events()).toEqual(["evt_unknown_young"]);
  });

  test("takes a time and nothing that is none", async () => {
    for (const words of [["--closed-before", "yesterday"], ["--closed-before", "2026-13-01T00:00:00Z"], []]) {
      const { status, stderr } = await idemCli(idem.env, "purge", ...words);
      expect([status, stderr]).toEqual([2, expect.stringContaining("--closed-before")]);
    }
  });
});
