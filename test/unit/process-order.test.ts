import { expect, test } from "vitest";
import type { OrderSnapshot } from "../../src/domain/order-snapshot.js";
import { runOrder, runTakeover } from "../../workflows/process-order.js";
import { type Answer, type Command, RunInstance } from "../simulation/run-instance.js";

/** An order that is being cancelled while an operator is needed, since its run was ended. */
const HELD_UP: OrderSnapshot = {
  version: 1,
  status: "cancelling",
  failure: null,
  aborting: true,
  closed: false,
  currency: "EUR",
  authorized: 1000,
  captured: 0,
  refunded: 0,
  paymentUnknown: false,
  shipments: [
    { id: "shp_1", status: "pending" },
    { id: "shp_2", status: "pending" },
  ],
  attentions: [{ step: "run", cause: "run_ended" }],
  due: [],
  deadline: null,
  appliedThrough: 0,
};
const RESOLVED: OrderSnapshot = {
  ...HELD_UP,
  version: 2,
  attentions: [],
  due: ["requestShipment/shp_1", "requestShipment/shp_2"],
};

function inlineCalls(commands: readonly Command[]): { call: number; asks: string }[] {
  return commands.flatMap((command) =>
    command.kind === "inline"
      ? [{ call: command.call, asks: JSON.stringify([command.activity, ...command.input]) }]
      : [],
  );
}

/** Executes a run's calls one by one; returns what each asks for. */
function driven(run: RunInstance) {
  const asked: string[] = [];
  const answer = async (commands: readonly Command[], answered: Answer): Promise<Command[]> => {
    const [next] = inlineCalls(commands);
    if (!next) throw new Error("nothing was executed");
    asked.push(next.asks);
    return run.activate([{ kind: "answer", call: next.call, answer: answered }], 0);
  };
  return { asked, answer, start: () => run.activate([{ kind: "start" }], 0) };
}

const NO_ANSWER: Answer = { failed: new Error("no answer") };
const SIGNAL = { kind: "signal", number: null } as const;

test("what falls due while an aborted order waits is executed although one step brings no answer (E5)", async () => {
  const run = new RunInstance("run", (runtime) => runTakeover(runtime, "ord_1"));
  const { asked, answer, start } = driven(run);
  await answer(await start(), { ok: HELD_UP });
  const resolved = await answer(await run.activate([SIGNAL], 0), { ok: RESOLVED });
  await answer(await answer(resolved, NO_ANSWER), NO_ANSWER);
  expect(asked.slice(2).toSorted()).toEqual([expect.stringContaining("shp_1"), expect.stringContaining("shp_2")]);
});

test.each([
  ["requestShipment/shp_2", "partially_shipped"],
  ["cancelShipment/shp_2", "partially_shipped"],
  ["cancelShipment/shp_2", "cancelling"],
] as const)("a capture without an answer keeps no %s from being executed (%s)", async (step, status) => {
  const capturing: OrderSnapshot = {
    ...HELD_UP,
    ...{ status, aborting: status === "cancelling", attentions: [], due: ["capturePayment/shp_1"] },
    shipments: [
      { id: "shp_1", status: "shipped" },
      { id: "shp_2", status: "requested" },
    ],
  };
  const run = new RunInstance("run", (runtime) => runOrder(runtime, "ord_1"));
  const { asked, answer, start } = driven(run);
  await answer(await answer(await start(), { ok: capturing }), NO_ANSWER);
  const due = [step, ...capturing.due];
  const next = await answer(await run.activate([SIGNAL], 0), { ok: { ...capturing, version: 2, due } });
  await answer(next, NO_ANSWER);
  expect(asked.at(-1)).toContain(step.split("/")[0]);
});
