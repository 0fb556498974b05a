import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import type { BenchService } from "../bench-service.js";
import { cpuPerOrder, usageOf } from "../cpu-time.js";
import { type FullRun, readFullRuns } from "../full-run.js";
import { sustainedRate } from "../load/closed-loop.js";
import { log } from "../log.js";
import { statementsDuring } from "../statements.js";
import type { StubProviders } from "../stub-providers/stub-providers.js";
import { carryOut, carryOutAlone, type Subject, wholeIdem, wholeSaga, WIDTH } from "./subjects.js";
import { commitsPerOrder } from "./transactions.js";

export interface WholeLifePlan {
  rounds: number;
  /** Orders of one closed loop beyond those that fill it. */
  orders: number;
  warmUp: number;
  /** Orders by which transactions are counted in each round, and those by which statements are. */
  counted: number;
  logged: number;
  /** Orders one after the other, whose histories are read. */
  lone: number;
}

export interface WholeLifeRound {
  perSecond: number;
  acks: number[];
  /** CPU per order by process; empty where it cannot be read. */
  cpuMs: Record<string, number>;
}

/** Runs of orders that were sent one after the other, and of the last orders of the last round. */
interface Runs {
  alone: FullRun[];
  inFlight: FullRun[];
}

export interface WholeLife {
  plan: WholeLifePlan;
  rounds: { idem: WholeLifeRound; saga: WholeLifeRound }[];
  /** CPU of the engines in each second with nothing to do, by process. */
  idleMs: Record<string, number>;
  /** Of Idem, per order: in each round. */
  transactions: number[];
  statements: { text: string; perOrder: number }[];
  runs: { idem: Runs; saga: Runs };
}

/** Runs of the last round whose histories are read. */
const READ_RUNS = 40;
const IDLE_MS = 5_000;

/** Orders carried to their delivery, by Idem and by a plain saga that does the same on the same engines. */
export async function measureWholeLife(
  service: BenchService,
  providers: StubProviders,
  plan: WholeLifePlan,
): Promise<WholeLife> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const idem = await wholeIdem(service, providers);
  const saga = await wholeSaga(service, connection);
  log("to delivery: warming up");
  for (const subject of [idem, saga]) await measureRound(subject, plan.warmUp);
  const idleMs = await measureIdle(service.pids.engines);
  const rounds: WholeLife["rounds"] = [];
  const lastRuns = { idem: [""], saga: [""] };
  for (let round = 1; round <= plan.rounds; round++) {
    log(`to delivery: round ${round} of ${plan.rounds}`);
    const { ours, theirs } = await measureBoth(idem, saga, plan.orders, round);
    rounds.push({ idem: ours.round, saga: theirs.round });
    Object.assign(lastRuns, { idem: ours.workflowIds, saga: theirs.workflowIds });
  }
  const readRuns = async (subject: Subject, last: readonly string[]): Promise<Runs> => ({
    alone: await read(service, await carryOutAlone(subject, plan.lone)),
    inFlight: await read(service, last.slice(-READ_RUNS)),
  });
  log("to delivery: histories, transactions and statements");
  const runs = { idem: await readRuns(idem, lastRuns.idem), saga: await readRuns(saga, lastRuns.saga) };
  // The worker's listening session is woken in transactions of its own and reports them with its next query, at the comparison
  // every three minutes: the median leaves out the round that meets it.
  const transactions = await commitsPerOrder(service.databaseUrl, plan.rounds, () => carryOut(idem, plan.counted));
  const statements = await countStatements(service, idem, plan.logged);
  await connection.close();
  return { plan, rounds, idleMs, transactions, statements, runs };
}

/** Each of the two is measured first in every other round. */
async function measureBoth(idem: Subject, saga: Subject, orders: number, round: number) {
  if (round % 2 === 1) return { ours: await measureRound(idem, orders), theirs: await measureRound(saga, orders) };
  const theirs = await measureRound(saga, orders);
  return { ours: await measureRound(idem, orders), theirs };
}

async function measureRound(subject: Subject, orders: number) {
  const before = usageOf(subject.pids);
  const { acks, sent, completions } = await carryOut(subject, orders);
  const cpuMs = cpuPerOrder(before, usageOf(subject.pids), sent);
  const doneAt = completions.map(({ at }) => at);
  const round: WholeLifeRound = { perSecond: sustainedRate(doneAt, orders, WIDTH), acks, cpuMs };
  return { round, workflowIds: completions.map(({ workflowId }) => workflowId) };
}

async function measureIdle(engines: number): Promise<Record<string, number>> {
  const before = usageOf({ engines });
  await pause(IDLE_MS);
  return cpuPerOrder(before, usageOf({ engines }), IDLE_MS / 1000);
}

function read({ temporalAddress }: BenchService, workflowIds: readonly string[]): Promise<FullRun[]> {
  return readFullRuns(temporalAddress, "default", workflowIds);
}

async function countStatements(service: BenchService, subject: Subject, orders: number) {
  let sent = 0;
  const statements = await statementsDuring(service, async () => {
    ({ sent } = await carryOut(subject, orders));
  });
  return statements.map(({ text, times }) => ({ text, perOrder: times / sent }));
}
