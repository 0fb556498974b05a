import { expect, test } from "vitest";
import type { OrderSnapshot } from "../../src/domain/order-snapshot.js";
import { OrderContext } from "../../workflows/order-context.js";
import { type Command, RunInstance } from "../simulation/run-instance.js";

const SNAPSHOT: OrderSnapshot = {
  version: 1,
  status: "confirmed",
  failure: null,
  aborting: false,
  closed: false,
  currency: "EUR",
  authorized: 0,
  captured: 0,
  refunded: 0,
  paymentUnknown: false,
  shipments: [],
  attentions: [],
  due: [],
  deadline: null,
  appliedThrough: 0,
};

function callOf(commands: readonly Command[], activity: string): number {
  const found = commands.find((command) => "call" in command && command.activity === activity);
  if (!found || !("call" in found)) throw new Error(`${activity} was not executed`);
  return found.call;
}

const answer = (call: number, ok: OrderSnapshot) => ({ kind: "answer", call, answer: { ok } }) as const;

const openRun = () =>
  new RunInstance("run", async (runtime) => {
    const order = new OrderContext(runtime, "ord_1");
    await order.start("reserveStock");
    await order.waitUntil(() => order.isClosed);
  });

test.each([null, 1])(
  "a signal (number %s) that comes while the order is being loaded has it loaded again",
  async (number) => {
    const run = openRun();
    const started = await run.activate([{ kind: "start" }], 0);
    await run.activate([answer(callOf(started, "reserveStock"), SNAPSHOT)], 1);
    const first = await run.activate([{ kind: "signal", number: null }], 2);
    // What the second signal announces was stored after the first one's order was loaded.
    await run.activate([{ kind: "signal", number }], 3);
    const second = await run.activate([answer(callOf(first, "applyEvent"), SNAPSHOT)], 4);
    expect(callOf(second, "applyEvent")).toBeDefined();
  },
);

test.each([null, 1])("so has one (number %s) that comes while the run's first step is in progress", async (number) => {
  const run = openRun();
  const started = await run.activate([{ kind: "start" }], 0);
  await run.activate([{ kind: "signal", number }], 1);
  const next = await run.activate([answer(callOf(started, "reserveStock"), SNAPSHOT)], 2);
  expect(callOf(next, "applyEvent")).toBeDefined();
});
