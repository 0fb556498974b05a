import type { DatabaseUse, Round } from "../cluster/measure.js";
import type { Topology } from "../cluster/deployment.js";
import type { Waiting } from "../cluster/scenarios.js";
import { median, quantile } from "../quantile.js";
import { figureOf, shown } from "./figure.js";
import type { Table } from "./section.js";

const PARTS = ["Temporal", "PostgreSQL of Temporal", "PostgreSQL of the orders", "API", "worker"] as const;

/** The CPU of all processes of a part, per order. */
function sumOf(round: Round, part: string): number {
  const roles = Object.entries(round.cpuMs).filter(([role]) => role.startsWith(part));
  return roles.reduce((sum, [, ms]) => sum + ms, 0);
}

/** Rates and CPU by how many processes there are. */
export function processes(rounds: Record<string, Round[]>): Table {
  const total = (round: Round) => Object.values(round.cpuMs).reduce((sum, ms) => sum + ms, 0);
  const over = (all: readonly Round[], figure: (round: Round) => number) => median(all.map(figure)).toFixed(1);
  return {
    caption: "What each added process adds: orders per second, acknowledgement in ms, CPU ms per order",
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

/** How the rates grow with the number of processes, each limited to its share of a core. */
export function added(shares: Record<string, Round[]>, share: NonNullable<Topology["cores"]>): Table {
  const accepted = (all: readonly Round[]) => figureOf(all.map(({ acceptedPerSecond }) => acceptedPerSecond));
  const done = (all: readonly Round[]) => figureOf(all.map(({ perSecond }) => perSecond));
  const [first = []] = Object.values(shares);
  return {
    caption: `What each added process adds where each is limited to a share of a core: an API to ${share.API}, a worker to ${share.worker}`,
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

/** What each process costs, and the orders per second at which it is full. */
export function limits(rounds: readonly Round[], whole: Round, { idleMs, pollMs }: Waiting): Table {
  const roles = Object.keys(whole.cpuMs);
  const full = (ms: number) => (ms > 0 ? (1000 / ms).toFixed(0) : "");
  const threaded = (role: string) => /^(API|worker)/.test(role);
  return {
    caption: "Where the next limit is: one API and one worker, process by process",
    columns: [
      "process",
      "CPU ms per order until confirmed",
      "to delivery",
      "orders/s to delivery that fill one core",
      "busiest thread, ms to delivery",
      "orders/s that fill it",
      "ms per poll of a shipment",
      "ms per idle second",
    ],
    rows: roles.map((role) => {
      const thread = threaded(role) ? (whole.threadMs[role] ?? 0) : 0;
      const all = whole.cpuMs[role] ?? 0;
      const confirmed = median(rounds.map(({ cpuMs }) => cpuMs[role] ?? 0));
      return [
        role,
        confirmed.toFixed(1),
        all.toFixed(1),
        full(all),
        thread ? thread.toFixed(1) : "",
        full(thread),
        (pollMs[role] ?? 0).toFixed(1),
        (idleMs[role] ?? 0).toFixed(1),
      ];
    }),
  };
}

/** What an order writes to each database. */
export function writes(rounds: readonly Round[], whole: Round): Table {
  const kinds = { orders: "PostgreSQL of the orders", runs: "PostgreSQL of Temporal" } as const;
  const figures: Record<string, (use: DatabaseUse) => string> = {
    "transactions per order": ({ transactions }) => transactions.toFixed(1),
    "KiB of log per order": ({ walBytes }) => (walBytes / 1024).toFixed(1),
    "KiB kept per order": ({ keptBytes }) => (keptBytes / 1024).toFixed(1),
    "connections open": ({ connections }) => connections.toFixed(0),
  };
  const last = rounds.at(-1) ?? whole;
  return {
    caption: "What an order writes",
    columns: ["", ...Object.values(kinds).flatMap((name) => [`${name}, until confirmed`, `${name}, to delivery`])],
    rows: Object.entries(figures).map(([label, figure]) => [
      label,
      ...(Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => [figure(last[kind]), figure(whole[kind])]),
    ]),
  };
}
