import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPool } from "../../src/database/pool.js";
import { beginBatch, pauseBatch } from "../../src/database/queries/attention-batches.js";
import { idFromKey } from "../../src/idempotency/derived-ids.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { idemCli } from "../rig/idem-cli.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

/** Each test has a cause of its own, since a batch takes whatever is open of it. */

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(30);
});
// Voids that were refused are settled outside Idem.
afterAll(() => auditIsClean(idem, /^the provider still holds/).finally(() => idem.stop()));

async function refusedCapture(): Promise<PlacedOrder> {
  const order = await idem.placeWith("capture", "decline");
  await idem.reaches(order, "needs_attention");
  return order;
}

/** A held order whose cancel meets a refusal for good. */
async function refusedCancel(op: "void" | "recall"): Promise<PlacedOrder> {
  const order = await idem.held();
  await idem.outside.fault(op, "refuse", { order: order.id });
  await idem.cancel(order);
  await idem.reaches(order, "needs_attention");
  return order;
}

describe.concurrent("a batch", () => {
  const begin = (body: object, key: string = randomUUID(), as = idem.operator) =>
    as.post("/v1/attentions/batch", body, { key });
  const ended = (path: string) =>
    waitFor("its end", async () => {
      const { json } = await idem.operator.get(path);
      return json.pending === 0 ? json : null;
    });

  test("resolves what is open of a cause, each once, and tells what was refused (section 2)", async () => {
    const orders = await Promise.all([refusedCancel("void"), refusedCancel("void"), refusedCancel("void")]);
    const key = randomUUID();
    const body = { filter: { cause: "void_refused" }, action: "skip", reason: "settled at the bank" };
    const begun = await begin(body, key);
    expect([begun.status, begun.header("Location")]).toEqual([202, begun.json.links.self]);
    expect(begun.json.pending).toBe(3);
    const repeat = await begin(body, key);
    expect([repeat.replayed, repeat.text]).toEqual([true, begun.text]);
    expect((await begin({ ...body, action: "retry" }, key)).problem).toBe("idempotency-key-reused");
    const end = await ended(begun.json.links.self);
    expect([end.done, end.failed, end.failures]).toEqual([3, 0, []]);
    const items = `${begun.json.links.self}/items`;
    const first = (await idem.operator.get(`${items}?limit=2`)).json;
    const second = (await idem.operator.get(`${items}?limit=2&cursor=${first.nextCursor}`)).json;
    const taken: { orderId: string; status: string }[] = [...first.items, ...second.items];
    expect(new Set(taken.map(({ orderId }) => orderId))).toEqual(new Set(orders.map(({ id }) => id)));
    expect([taken.every(({ status }) => status === "done"), second.nextCursor]).toEqual([true, null]);
    for (const order of orders) {
      await idem.reaches(order, "cancelled");
      const resolved = (await idem.events(order)).filter(({ type }) => type === "attention.resolved");
      expect(resolved).toHaveLength(1);
      expect(resolved[0]).toMatchObject({ actor: "operator", data: { action: "skip" } });
    }
  });

  test("waits while it is paused, and goes on", async () => {
    const order = await refusedCapture();
    const { attention } = await idem.read(order);
    const pool = createPool(idem.env["DATABASE_URL"] ?? "", 1);
    const id = idFromKey({ tenant: "acme", operation: "resolve-attentions", parentId: null }, randomUUID());
    await pool.transaction(async (session) => {
      await beginBatch(session, {
        id,
        tenant: "acme",
        cause: "capture_refused",
        action: "retry",
        reason: "later",
        keyId: null,
      });
      await session.query("delete from attention_batch_items where batch_id = $1 and attention_id <> $2", [
        id,
        attention.id,
      ]);
      await pauseBatch(session, "acme", id, true);
    });
    await pool.close();
    const path = `/v1/attentions/batch/${id}`;
    await stays("paused", async () => {
      const { json } = await idem.operator.get(path);
      return json.paused && json.pending === 1;
    });
    expect((await idem.operator.post(`${path}/resume`, {})).json.paused).toBe(false);
    expect((await ended(path)).done).toBe(1);
    expect((await idem.reaches(order, "completed")).attention).toBeNull();
    expect((await idem.operator.post(`${path}/pause`, {})).json).toMatchObject({ paused: true, done: 1 });
  });

  test("is an operator's, of their own tenant, with an action that the cause allows (K8, M17)", async () => {
    const body = { filter: { cause: "payment_mismatch" }, action: "retry", reason: "x" };
    const unfit = await begin(body);
    expect([unfit.status, unfit.json.errors[0].pointer]).toEqual([422, "/action"]);
    expect((await begin({ ...body, action: "skip" }, randomUUID(), idem.acme)).problem).toBe("forbidden");
    const unknown = `bat_${"a".repeat(32)}`;
    for (const path of [`/v1/attentions/batch/${unknown}`, "/v1/attentions/batch/x"])
      expect((await idem.operator.get(path)).status).toBe(404);
    expect((await idem.operator.post(`/v1/attentions/batch/${unknown}/pause`, {})).status).toBe(404);
  });

  test("is begun and followed from the command line, which names what was refused", async () => {
    const order = await refusedCancel("recall");
    const env = { IDEM_URL: idem.base, IDEM_API_KEY: idem.operator.apiKey ?? "" };
    const words = ["attentions", "batch", "--cause", "recall_refused", "--action", "mark-done", "--reason", "by phone"];
    const typed = await idemCli(env, ...words);
    expect(typed.stdout.split("\n").slice(0, -1).at(0)).toMatch(/^0 done, 0 refused, 1 to go$/);
    expect([typed.status, typed.stdout]).toEqual([0, expect.stringMatching(/^1 done, 0 refused, 0 to go$/m)]);
    await idem.reaches(order, "cancelled");
    const again = await idemCli(env, ...words);
    expect([again.status, again.stdout]).toEqual([0, "0 done, 0 refused, 0 to go\n"]);
  });
});
