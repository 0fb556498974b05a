import { type DatabaseUse, type Round, WIDTH } from "../cluster/measure.js";
import type { Waiting, WholeRun } from "../cluster/ways.js";
import { median, quantile } from "../quantile.js";
import { bars } from "./bars.js";
import { figureOf, shown } from "./figure.js";
import type { Section, Table } from "./section.js";

export interface MeasuredCluster {
  plan: { rounds: number; orders: number };
  commit: string;
  /** By how many processes there were. */
  rounds: Record<string, Round[]>;
  /** The same where every API and every worker has no more than its share of a core. */
  shares: Record<string, Round[]>;
  share: { API: number; worker: number };
  /** One API and one worker, from acceptance to delivery. */
  whole: Round;
  run: WholeRun;
  waiting: Waiting;
}

const PARTS = ["Temporal", "PostgreSQL of Temporal", "PostgreSQL of the book", "API", "worker"] as const;

export function clusterSection({ plan, commit, rounds, shares, share, whole, run, waiting }: MeasuredCluster): Section {
  const figure = (all: readonly Round[]) => figureOf(all.map(({ perSecond }) => perSecond));
  const rates = Object.entries(rounds).map(([label, all]) => ({ label, figure: figure(all) }));
  return {
    name: "cluster",
    title: "Beyond one process of each",
    measuredAt: new Date().toISOString(),
    commit,
    tables: [
      processes(rounds),
      added(shares, share),
      limits(Object.values(rounds)[0] ?? [], whole, waiting),
      writes(Object.values(rounds)[0] ?? [], whole),
    ],
    plots: [
      { name: "cluster", caption: "Orders per second by processes", svg: bars("Orders done per second", "/s", rates) },
    ],
    ratios: {},
    notes: [
      "Temporal server 1.32.2: frontend, history, matching and worker service as processes of their own, 64 shards, on a PostgreSQL of their own beside the book's.",
      `${plan.rounds} rounds by turns, each with processes, a book, a namespace and an outside world of its own; ${plan.orders} orders sent to the APIs by turns, ${WIDTH} in flight. An order counts as done when the outside world has seen its charge, its shipment and its mail.`,
      "All processes, the load and the outside world share this machine's cores, so an added process can bring little here: cores busy tells how much of the machine Idem and its engines had. With shares of a core (control groups, set once the processes are warm) there is room for more of them; where none can be set, that table shows what the first one does.",
      "Busiest thread: JavaScript runs on one thread of a process, so an API or a worker is full when that thread is, however many cores it has. Temporal's services and PostgreSQL spread over cores.",
      "To delivery: one API and one worker, orders shipped and delivered by the simulator, with the events, captures and mails that brings.",
      `A run from start to close: ${run.events} history events, ${run.workflowTasks} workflow tasks, ${run.actions} billable actions, ${(run.historyBytes / 1024).toFixed(1)} KiB of history.`,
      "A run that waits for its shipment looks for it by an activity after 55 s, then after twice as long, up to an hour; an event of the warehouse ends the wait.",
      "Workers of effects have nothing to do while every provider answers at once.",
      "Every book was audited at its end.",
    ],
    figures: {
      plan,
      whole: brief(whole),
      run,
      waiting,
      rounds: briefly(rounds),
      shares: briefly(shares),
    },
  };
}

function brief({ acks, ...rest }: Round) {
  return { ...rest, acks: { p50: quantile(acks, 0.5), p99: quantile(acks, 0.99) } };
}

function briefly(rounds: Record<string, Round[]>) {
  return Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, all.map(brief)]));
}

/** The CPU of all processes of a part, per order. */
function sumOf(round: Round, part: string): number {
  const roles = Object.entries(round.cpuMs).filter(([role]) => role.startsWith(part));
  return roles.reduce((sum, [, ms]) => sum + ms, 0);
}

function processes(rounds: Record<string, Round[]>): Table {
  const total = (round: Round) => Object.values(round.cpuMs).reduce((sum, ms) => sum + ms, 0);
  const over = (all: readonly Round[], figure: (round: Round) => number) => median(all.map(figure)).toFixed(1);
  return {
    caption: "What each added process brings: orders per second, acknowledgement in ms, CPU ms per order",
    columns: [
      "processes",
      "orders/s",
      "ack p50",
      "ack p99",
      ...PARTS.map((part) => `CPU ${part}`),
      "CPU all",
      "cores busy",
    ],
    rows: Object.entries(rounds).map(([name, all]) => [
      name,
      shown(figureOf(all.map(({ perSecond }) => perSecond))),
      ...[0.5, 0.99].map((q) => over(all, ({ acks }) => quantile(acks, q))),
      ...PARTS.map((part) => over(all, (round) => sumOf(round, part))),
      over(all, total),
      over(all, (round) => (total(round) * round.perSecond) / 1000),
    ]),
  };
}

function added(shares: Record<string, Round[]>, share: MeasuredCluster["share"]): Table {
  const accepted = (all: readonly Round[]) => figureOf(all.map(({ acceptedPerSecond }) => acceptedPerSecond));
  const done = (all: readonly Round[]) => figureOf(all.map(({ perSecond }) => perSecond));
  const [first = []] = Object.values(shares);
  return {
    caption: `What each added process brings where it has cores of its own: an API ${share.API} of a core, a worker ${share.worker}, no more`,
    columns: ["processes", "accepted/s", "times one", "orders done/s", "times one"],
    rows: Object.entries(shares).map(([name, all]) => [
      name,
      ...[accepted, done].flatMap((figure) => [
        shown(figure(all)),
        (figure(all).value / figure(first).value).toFixed(2),
      ]),
    ]),
  };
}

function limits(rounds: readonly Round[], whole: Round, { idleMs, lookMs }: Waiting): Table {
  const roles = Object.keys(whole.cpuMs);
  const full = (ms: number) => (ms > 0 ? (1000 / ms).toFixed(0) : "");
  const threaded = (role: string) => /^(API|worker)/.test(role);
  return {
    caption: "Where the next limit is: one API and one worker, each process by itself",
    columns: [
      "process",
      "CPU ms per order until mailed",
      "to delivery",
      "orders/s to delivery that fill one core",
      "busiest thread, ms to delivery",
      "orders/s that fill it",
      "ms per look of a waiting run",
      "ms per idle second",
    ],
    rows: roles.map((role) => {
      const thread = threaded(role) ? (whole.threadMs[role] ?? 0) : 0;
      const all = whole.cpuMs[role] ?? 0;
      const mailed = median(rounds.map(({ cpuMs }) => cpuMs[role] ?? 0));
      return [
        role,
        mailed.toFixed(1),
        all.toFixed(1),
        full(all),
        thread ? thread.toFixed(1) : "",
        full(thread),
        (lookMs[role] ?? 0).toFixed(1),
        (idleMs[role] ?? 0).toFixed(1),
      ];
    }),
  };
}

function writes(rounds: readonly Round[], whole: Round): Table {
  const kinds = { book: "PostgreSQL of the book", runs: "PostgreSQL of Temporal" } as const;
  const figures: Record<string, (use: DatabaseUse) => string> = {
    "transactions per order": ({ transactions }) => transactions.toFixed(1),
    "KiB of log per order": ({ walBytes }) => (walBytes / 1024).toFixed(1),
    "KiB kept per order": ({ keptBytes }) => (keptBytes / 1024).toFixed(1),
    "connections open": ({ connections }) => connections.toFixed(0),
  };
  const last = rounds.at(-1) ?? whole;
  return {
    caption: "What an order writes",
    columns: ["", ...Object.values(kinds).flatMap((name) => [`${name}, until mailed`, `${name}, to delivery`])],
    rows: Object.entries(figures).map(([label, figure]) => [
      label,
      ...(Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => [figure(last[kind]), figure(whole[kind])]),
    ]),
  };
}
