import { type Round, WIDTH } from "../cluster/measure.js";
import type { Topology } from "../cluster/deployment.js";
import type { Waiting } from "../cluster/scenarios.js";
import type { FullRun } from "../full-run.js";
import { quantile } from "../quantile.js";
import { bars } from "./bars.js";
import { added, limits, processes, writes } from "./cluster-tables.js";
import { figureOf } from "./figure.js";
import type { Section } from "./section.js";

export interface MeasuredCluster {
  plan: { rounds: number; orders: number };
  /** By the numbers of processes. */
  rounds: Record<string, Round[]>;
  /** The same where every API and every worker is limited to its share of a core. */
  shares: Record<string, Round[]>;
  share: NonNullable<Topology["cores"]>;
  /** One API and one worker, from acceptance to delivery. */
  whole: Round;
  run: FullRun;
  waiting: Waiting;
}

export function clusterSection({ plan, rounds, shares, share, whole, run, waiting }: MeasuredCluster): Section {
  const figure = (all: readonly Round[]) => figureOf(all.map(({ perSecond }) => perSecond));
  const rates = Object.entries(rounds).map(([label, all]) => ({ label, figure: figure(all) }));
  return {
    name: "cluster",
    title: "Beyond one process of each",
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
      "Temporal server 1.32.2: frontend, history, matching and worker service as processes of their own, 64 shards, on a PostgreSQL of their own beside that of the orders.",
      `${plan.rounds} rounds in turn, each with processes, an order database, a namespace and stub providers of its own; ${plan.orders} orders sent to the APIs in turn, ${WIDTH} in flight. An order counts as done when the providers have seen its authorization, its shipment request and its confirmation email.`,
      "All processes, the load and the stub providers share this machine's cores, so an added process can add little here: cores busy is how much of the machine Idem and its engines had. With shares of a core (control groups, set once the processes are warm) there is capacity for more of them; where none can be set, that table shows the same as the first one.",
      "Busiest thread: JavaScript runs on one thread of a process, so an API or a worker is full when that thread is, however many cores it has. Temporal's services and PostgreSQL spread over cores.",
      "To delivery: one API and one worker, orders shipped and delivered by the stub providers, with the events, captures and emails that this brings.",
      `A run from start to close: ${run.events} history events, ${run.workflowTasks} workflow tasks, ${run.actions} billable actions, ${(run.historyBytes / 1024).toFixed(1)} KiB of history.`,
      "A shipment that waits is polled after 50 s, then after as long again as it has waited, up to an hour; an event of the warehouse ends the wait.",
      "Workers of the queue `effects` are idle while every provider answers at once.",
      "Every order database was audited at its end.",
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
