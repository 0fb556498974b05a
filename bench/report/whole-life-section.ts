import type { FullRun } from "../full-run.js";
import { median, quantile } from "../quantile.js";
import { WIDTH } from "../whole-life/subjects.js";
import type { WholeLife, WholeLifeRound } from "../whole-life/whole-life.js";
import { figureOf, ratioOf, shown } from "./figure.js";
import type { Ratio, Section, Table } from "./section.js";
import { statementsTable } from "./statements-table.js";

const ROLES = ["api", "worker", "temporal", "postgres"] as const;
const STATEMENTS = 20;

/** Orders carried to their delivery. */
export function wholeLifeSection(measured: WholeLife): Section {
  const { plan, statements } = measured;
  return {
    name: "to-delivery",
    title: "To delivery",
    tables: [
      work(measured),
      runs(measured),
      database(measured),
      statementsTable("The most frequent SQL statements of an order to its delivery", statements.slice(0, STATEMENTS)),
    ],
    plots: [],
    ratios: ratiosOf(measured),
    notes: [
      `${plan.rounds} rounds in turn after one that does not count; ${plan.orders} orders of a closed loop in each, ${WIDTH} in flight until the stub providers have seen the authorization, the capture and both emails, and the delivered event was acknowledged.`,
      "A service of its own: no order of another section waits in it. Idem and the plain saga share the engines, and each has an API, a worker and stub providers of its own.",
      "Orders per second are counted by completion: by Idem's own record of the order, and by the end of the saga's run. One list call a second reads them from either side; no event stream is open.",
      "A shipment is shipped 200 ms after its request and delivered 200 ms after its shipped event was acknowledged. Both events are signed and verified on either side. Stripe's two events go to Idem alone, and count.",
      "The plain saga: reserve, authorize, request, email, capture and email as activities, the two events as signals, with the defaults of the SDK.",
      "CPU counts until the last order of a round is completed; the stub providers and the load run in a process that counts for no system.",
      "Idle engines: the CPU of Temporal and PostgreSQL in a second without orders. It is in the figures of both systems, though Idem's polls and sweeps cause a part of it.",
      `Transactions: commits of the order database per order, in ${plan.rounds} rounds of ${plan.counted + WIDTH} orders at ${WIDTH} in flight, by the server's own count; reads are transactions, too. Statements are counted from the server's log over ${plan.logged + WIDTH} orders. The sweeps of idle processes are in both.`,
      "A run's figures come from its history, as medians over the runs. Billable actions are the start, each activity, signal, timer and search attribute upsert, and one for all local activities of a workflow task. With many orders in flight two events may reach a run in one workflow task; days apart, as in production, they never do. The goal is about orders one at a time.",
    ],
    figures: {
      ...measured,
      rounds: measured.rounds.map(({ idem, saga }) => ({ idem: brief(idem), saga: brief(saga) })),
    },
  };
}

function brief({ acks, perSecond, cpuMs }: WholeLifeRound) {
  return { perSecond, cpuMs, acks: { p50: quantile(acks, 0.5), p99: quantile(acks, 0.99) } };
}

function totalCpu({ cpuMs }: WholeLifeRound): number {
  return Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
}

function ratiosOf({ rounds, transactions, runs: { idem } }: WholeLife): Record<string, Ratio> {
  return {
    wholeLifeVsPlainSaga: ratioOf(
      "wholeLifeVsPlainSaga",
      rounds.map((round) => round.idem.perSecond / round.saga.perSecond),
    ),
    wholeLifeCpuVsPlainSaga: ratioOf(
      "wholeLifeCpuVsPlainSaga",
      rounds.map((round) => totalCpu(round.idem) / totalCpu(round.saga)),
    ),
    wholeLifeCpuMs: ratioOf(
      "wholeLifeCpuMs",
      rounds.map((round) => totalCpu(round.idem)),
    ),
    wholeLifeTransactions: ratioOf("wholeLifeTransactions", transactions),
    wholeLifeActions: ratioOf(
      "wholeLifeActions",
      idem.alone.map(({ actions }) => actions),
    ),
  };
}

function work({ rounds, idleMs }: WholeLife): Table {
  const row = (name: string, all: readonly WholeLifeRound[]) => [
    name,
    shown(figureOf(all.map(({ perSecond }) => perSecond))),
    shown(figureOf(all.map(totalCpu))),
    ...ROLES.map((role) => median(all.map(({ cpuMs }) => cpuMs[role] ?? 0)).toFixed(1)),
    ...[0.5, 0.99].map((q) => median(all.map(({ acks }) => quantile(acks, q))).toFixed(1)),
  ];
  return {
    caption: `Orders completed per second at ${WIDTH} in flight, CPU ms per order, acknowledgement ms`,
    columns: ["what", "orders/s", "CPU all", ...ROLES.map((role) => `CPU ${role}`), "ack p50", "ack p99"],
    rows: [
      row(
        "Idem",
        rounds.map(({ idem }) => idem),
      ),
      row(
        "plain saga",
        rounds.map(({ saga }) => saga),
      ),
      ["idle engines, each second", "", "", ...ROLES.map((role) => idleMs[role]?.toFixed(1) ?? ""), "", ""],
    ],
  };
}

function runs({ runs: { idem, saga } }: WholeLife): Table {
  const row = (name: string, all: readonly FullRun[]) => [
    name,
    ...(["workflowTasks", "actions", "events", "historyBytes"] as const).map((figure) =>
      shown(figureOf(all.map((run) => run[figure])), 0),
    ),
  ];
  return {
    caption: "What a run costs Temporal from its start to its end",
    columns: ["what", "workflow tasks", "billable actions", "history events", "history bytes"],
    rows: [
      row("Idem, one order at a time", idem.alone),
      row("plain saga, one order at a time", saga.alone),
      row(`Idem, ${WIDTH} in flight`, idem.inFlight),
      row(`plain saga, ${WIDTH} in flight`, saga.inFlight),
    ],
  };
}

function database({ transactions, statements }: WholeLife): Table {
  const count = statements.reduce((sum, { perOrder }) => sum + perOrder, 0);
  return {
    caption: "What an order costs the order database",
    columns: ["figure", "per order"],
    rows: [
      ["transactions", shown(figureOf(transactions))],
      ["SQL statements", count.toFixed(1)],
    ],
  };
}
