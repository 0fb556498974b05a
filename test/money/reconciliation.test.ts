import { createHash, randomUUID } from "node:crypto";
import { WorkflowNotFoundError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Finding } from "../../src/database/queries/reconciliation-records.js";
import { idFromKey, orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../../src/idempotency/derived-ids.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type Answer, Caller } from "../rig/caller.js";
import { findingOf } from "../rig/reconcile.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** What was lost between order database, provider and runs is found by the comparison, and nothing is done twice (E4, E8). */

vi.setConfig({ maxConcurrency: 12 });

let idem: TestApp;
let globexOperator: Caller;

beforeAll(async () => {
  idem = await TestApp.start(21);
  const key = `key_${randomUUID()}`;
  const hash = createHash("sha256").update(key).digest();
  await idem.db.query("insert into api_keys (hash, tenant, role) values ($1, 'globex', 'operator')", [hash]);
  globexOperator = new Caller(idem.base, key);
  await loseSignals();
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

/** From now on rows in the outbox about the orders listed in `lost` get lost, as if deleted by hand in time. */
async function loseSignals(): Promise<void> {
  await idem.db.query(`
    create table lost (order_id text, kind text);
    create function lose() returns trigger language plpgsql as $$ begin
      if exists (select from lost where order_id = new.order_id and kind = case when new.signal is null then new.workflow else 'signal' end) then return null; end if;
      return new;
    end $$;
    create trigger lose before insert on outbox for each row execute function lose()`);
}

const lose = (orderId: string, kind: "order" | "refund" | "signal") =>
  idem.db.query("insert into lost values ($1, $2)", [orderId, kind]);
const found = (orderId: string) => idem.db.query("delete from lost where order_id = $1", [orderId]);

const isFound = (orderId: string, kind: Finding["kind"]): Promise<Finding> => findingOf(idem, orderId, kind);

const run = (workflowId: string) => idem.client.workflow.getHandle(workflowId);

async function stateOf(workflowId: string): Promise<string> {
  try {
    return (await run(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "GONE";
    throw error;
  }
}

/** Nothing is pending any more that would find a lost run sooner than the comparison. */
async function comesToRest(order: PlacedOrder): Promise<PlacedOrder> {
  const unread = `select order_id from outbox where order_id = $1
    union all select order_id from provider_events where order_id = $1 and applied_at is null`;
  await waitFor("its email and all events to have arrived, and the run to wait", async () => {
    const events = await idem.outside.webhooks(order.id);
    const rows = await idem.db.query(unread, [order.id]);
    const mails = await idem.mailKinds(order);
    const { raw } = await run(orderWorkflowId(order.id)).describe();
    const isBusy = raw.pendingWorkflowTask !== null || (raw.pendingActivities?.length ?? 0) > 0;
    const hasCome = mails.length === 1 && events.length > 0 && events.every(({ owed }) => !owed);
    return hasCome && rows.rows.length === 0 && !isBusy;
  });
  return order;
}

const terminate = (workflowId: string) => run(workflowId).terminate("by hand");

async function forget(workflowId: string): Promise<void> {
  const { namespace } = idem.client.options;
  await idem.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  await waitFor("the run to be gone", async () => (await stateOf(workflowId)) === "GONE");
}

const GOOD = ["authorization", "shipment", "capture"];

describe.concurrent("a run that was ended by hand while money is held", () => {
  const ended = async () => {
    const sku = await idem.stockedSku(1);
    const order = await comesToRest(await idem.held({ sku }));
    await terminate(orderWorkflowId(order.id));
    await isFound(order.id, "run_lost");
    const { attention } = await idem.reaches(order, "needs_attention");
    expect(attention).toMatchObject({
      step: "run",
      cause: "run_ended",
      amount: order.body.total,
      currency: "EUR",
      actions: ["retry", "skip"],
    });
    return { order, sku };
  };

  test("calls an operator, whose skip gives the order up: recalled, voided, cancelled, its stock available again", async () => {
    const { order, sku } = await ended();
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "recall", "void"]);
    expect(await idem.stock(sku)).toEqual({ onHand: 1, reserved: 0, available: 1 });
  });

  test("calls an operator, whose retry goes on to the end with one charge", async () => {
    const { order, sku } = await ended();
    await idem.resolve(order, "retry");
    await idem.outside.release({ amount: order.body.total });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.stock(sku)).toEqual({ onHand: 0, reserved: 0, available: 0 });
    expect(await idem.eventTypes(order)).toContain("run.taken_over");
    await waitFor(
      "the run beside it to close",
      async () => (await stateOf(takeoverWorkflowId(order.id))) === "COMPLETED",
    );
  });
});

describe.concurrent("a run that was ended by hand before any money", () => {
  test("ends its order as cancelled, the customer's payment voided", async () => {
    const sku = await idem.stockedSku(1);
    const order = await idem.place(idem.order({ sku, method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await comesToRest(order);
    await terminate(orderWorkflowId(order.id));
    await isFound(order.id, "run_lost");
    await idem.reaches(order, "cancelled");
    const payments = await idem.outside.payments(order.id);
    expect(payments.map(({ status }) => status)).toEqual(["canceled"]);
    expect(await idem.stock(sku)).toEqual({ onHand: 1, reserved: 0, available: 1 });
  });

  test("reconciles a payment that is not on record before it ends its order as cancelled (E4)", async () => {
    const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    await terminate(orderWorkflowId(order.id));
    await isFound(order.id, "run_lost");
    await idem.outside.heal(order.fault);
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
  });
});

describe.concurrent("a run that Temporal lost while its order was open goes on beside it with one charge", () => {
  test("when the comparison finds it", async () => {
    const order = await comesToRest(await idem.held());
    await forget(orderWorkflowId(order.id));
    await isFound(order.id, "run_lost");
    await waitFor("a run beside it", async () => (await stateOf(takeoverWorkflowId(order.id))) === "RUNNING");
    await idem.outside.release({ amount: order.body.total });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    await waitFor("both emails", async () => (await idem.mailKinds(order)).length === 2);
    expect(await stateOf(orderWorkflowId(order.id))).toBe("GONE");
  });

  test("when an event comes for it", async () => {
    const order = await idem.held();
    await forget(orderWorkflowId(order.id));
    await idem.outside.release({ amount: order.body.total });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect((await idem.read(order)).attention).toBeNull();
  });

  test("when the customer was still to act", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await forget(orderWorkflowId(order.id));
    await idem.outside.customer(order.id);
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });
});

describe.concurrent("a signal that was lost is sent again", () => {
  test("the start of an order", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const id = idFromKey({ tenant: "acme", operation: "place-order", parentId: null }, key);
    await lose(id, "order");
    const order = await idem.place(body, key);
    expect(order.id).toBe(id);
    expect(await stateOf(orderWorkflowId(id))).toBe("GONE");
    await found(id);
    await isFound(id, "start_lost");
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(id)).toEqual(GOOD);
  });

  test("a cancel", async () => {
    const order = await comesToRest(await idem.held());
    await lose(order.id, "signal");
    expect((await idem.cancel(order)).json.status).toBe("cancelling");
    await found(order.id);
    await isFound(order.id, "step_lost");
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
  });

  test("a warehouse's event", async () => {
    const order = await idem.held();
    await lose(order.id, "signal");
    await idem.outside.advance(order.id, "delivered");
    await waitFor("the event to be stored", async () => {
      const { rows } = await idem.db.query(
        "select 1 from provider_events where order_id = $1 and provider = 'fulfilment'",
        [order.id],
      );
      return rows.length > 0;
    });
    await found(order.id);
    await isFound(order.id, "fact_lost");
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("the emails of a closed order whose run was ended", async () => {
    const body = idem.order();
    const fault = await idem.outside.fault("mail", "fail-before", { to: body.customer.email, count: -1 });
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    await terminate(orderWorkflowId(order.id));
    await isFound(order.id, "email_stuck");
    await idem.outside.heal(fault);
    await waitFor("both emails", async () => (await idem.mailKinds(order)).join() === "confirmation,shipped");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });
});

describe.concurrent("a refund whose run was lost is made all the same, once", () => {
  const refunded = async (order: PlacedOrder, answer: Answer) => {
    const { links } = answer.json;
    await waitFor("the refund", async () => (await idem.acme.get(links.self)).json.status === "succeeded");
    await waitFor("the customer to be notified", async () => (await idem.mailKinds(order)).includes("refunded"));
    return { effects: await idem.outside.kinds(order.id), refunded: (await idem.read(order)).amounts.refunded };
  };

  test("before it started", async () => {
    const order = await idem.completed();
    await lose(order.id, "refund");
    const answer = await idem.refund(order);
    await found(order.id);
    await isFound(order.id, "run_lost");
    expect(await refunded(order, answer)).toEqual({ effects: [...GOOD, "refund"], refunded: order.body.total });
  });

  test("ended by hand while its outcome was unknown", async () => {
    const order = await idem.completed();
    const fault = await idem.outside.fault("refund", "fail-before", { order: order.id, count: -1 });
    const answer = await idem.refund(order);
    await waitFor("the refund to be asked for", async () => (await idem.calls(order, "refund")).length > 1);
    await terminate(refundWorkflowId(answer.json.id));
    await idem.outside.heal(fault);
    await isFound(order.id, "run_lost");
    expect(await refunded(order, answer)).toEqual({ effects: [...GOOD, "refund"], refunded: order.body.total });
  });
});

describe.concurrent("money that came to a closed order unheard of is returned (E8)", () => {
  test.each([
    ["taken", true, ["capture", "refund"]],
    ["held", false, ["void"]],
  ] as const)("%s", async (_how, captured, last) => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await idem.outside.fault("webhook", "drop-before", { amount: order.body.total, count: -1 });
    await idem.outside.lateSuccess(order.id, captured);
    await isFound(order.id, "payment_differs");
    await idem.leavesNothing(order);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", ...last]);
    const { status } = await waitFor("the order database to say the same", async () => {
      const now = await idem.read(order);
      return now.amounts.captured === now.amounts.refunded ? now : null;
    });
    expect(status).toBe("cancelled");
  });
});

describe.concurrent("the comparison", () => {
  test("is on schedule, as is the purge", async () => {
    for (const [id, minutes] of [
      ["reconcile", 3],
      ["purge", 60],
    ] as const) {
      const { spec, state } = await idem.client.schedule.getHandle(id).describe();
      expect([spec.intervals?.map(({ every }) => every), state.paused]).toEqual([[minutes * 60_000], false]);
    }
  });

  test("is shown to operators, each the findings of the own tenant", async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const ids = {
      acme: idFromKey({ tenant: "acme", operation: "place-order", parentId: null }, mine),
      globex: idFromKey({ tenant: "globex", operation: "place-order", parentId: null }, theirs),
    };
    for (const id of Object.values(ids)) await lose(id, "order");
    await idem.acme.post("/v1/orders", idem.order(), { key: mine });
    await idem.globex.post("/v1/orders", idem.order(), { key: theirs });
    // As long as their starts get lost, every comparison finds both.
    for (const id of Object.values(ids)) await isFound(id, "start_lost");
    const shown = (await idem.operator.get("/v1/reconciliation")).json;
    expect(shown).toMatchObject({
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      checked: { orders: expect.any(Number), payments: expect.any(Number) },
    });
    const mentions = (answer: Answer) => Object.values(ids).map((id) => answer.text.includes(id));
    expect(mentions(await idem.operator.get("/v1/reconciliation"))).toEqual([true, false]);
    expect(mentions(await globexOperator.get("/v1/reconciliation"))).toEqual([false, true]);
    for (const id of Object.values(ids)) await found(id);
    const { base } = await idem.anotherApi({ API_KEYS: "newcomer:operator:key_of_a_newcomer" });
    const none = await new Caller(base, "key_of_a_newcomer").get("/v1/reconciliation");
    expect([none.json.checked, ...mentions(none)]).toEqual([{ orders: 0, payments: 0, refunds: 0 }, false, false]);
    expect(shown.checked.payments).toBeGreaterThan(0);
    for (const caller of [idem.acme, idem.globex]) {
      expect((await caller.get("/v1/reconciliation")).problem).toBe("forbidden");
    }
    expect((await new Caller(idem.base, null).get("/v1/reconciliation")).problem).toBe("unauthorized");
  });

  test("reports a payment that belongs to no order", async () => {
    const response = await fetch(`${idem.env["STRIPE_API_BASE"]}/v1/payment_intents`, {
      method: "POST",
      headers: { Authorization: "Bearer sk_test_somebody", "Content-Type": "application/x-www-form-urlencoded" },
      body: "amount=1234&currency=eur&payment_method=pm_card_visa&confirm=true&capture_method=manual&return_url=https://example.com&metadata[orderId]=somebody-else",
    });
    const { id } = (await response.json()) as { id: string };
    await waitFor("the payment to be reported", async () => {
      await idem.client.schedule.getHandle("reconcile").trigger();
      const { findings } = (await idem.operator.get("/v1/reconciliation")).json;
      return findings.some((finding: Finding) => finding.kind === "payment_without_order" && finding.detail === id);
    });
    expect((await idem.outside.payments("somebody-else")).map(({ status }) => status)).toEqual(["requires_capture"]);
    await idem.outside.reset("somebody-else");
  });
});
