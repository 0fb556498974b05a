import type { Connection } from "@temporalio/client";
import type { BenchService } from "../bench-service.js";
import { closedLoop } from "../load/closed-loop.js";
import { fresh, placeOrder } from "../load/orders.js";
import { DELIVERED } from "../stub-providers/effect-ledger.js";
import type { StubProviders } from "../stub-providers/stub-providers.js";
import { idem, plainSaga, type System } from "../systems.js";
import {
  type Completion,
  CompletionFollower,
  completedOrders,
  completedRuns,
  type ListCompletions,
} from "./completions.js";

/** A system whose orders are carried to their delivery. */
export interface Subject extends System {
  list: ListCompletions;
  /** What makes an order's id the id of its run. */
  runPrefix: string;
}

export const WIDTH = 30;
const COMPLETED_WITHIN_MS = 120_000;
const SAGA = "wholeLifeSaga";

export async function wholeIdem(service: BenchService, providers: StubProviders): Promise<Subject> {
  const system = await idem(service, providers);
  const events = `${service.base}/webhooks`;
  providers.sendEvents({ fulfilmentUrl: `${events}/fulfilment`, stripeUrl: `${events}/stripe` });
  return { ...system, list: completedOrders(system), runPrefix: "order/" };
}

export async function wholeSaga(service: BenchService, connection: Connection): Promise<Subject> {
  const system = await plainSaga(service);
  system.providers.sendEvents({ fulfilmentUrl: `${system.base}/webhooks/fulfilment`, stripeUrl: null });
  return {
    ...system,
    base: `${system.base}/whole-life`,
    list: completedRuns(connection, SAGA),
    runPrefix: `${SAGA}-`,
  };
}

/** The saga's run is found by the reference that the warehouse sends back, so reference and key are the same. */
function placeWhole(subject: Subject): Promise<string> {
  const id = fresh();
  return placeOrder(subject, { key: id, reference: id });
}

export interface CarriedOut {
  acks: number[];
  sent: number;
  /** Oldest first. */
  completions: Completion[];
}

/** Sends the orders of a closed loop and waits until all of them are completed. */
export async function carryOut(subject: Subject, orders: number): Promise<CarriedOut> {
  const follower = new CompletionFollower(subject.list, new Date());
  const send = () => placeWhole(subject);
  const { acks, sent } = await closedLoop(subject.providers.ledger, orders, WIDTH, send, DELIVERED);
  return { acks, sent, completions: await follower.waitFor(sent, COMPLETED_WITHIN_MS) };
}

/** Carries out orders one after the other; the ids of their runs. */
export async function carryOutAlone(subject: Subject, orders: number): Promise<string[]> {
  const workflowIds: string[] = [];
  for (let index = 0; index < orders; index++) {
    const isDelivered = subject.providers.ledger.more(1, DELIVERED);
    const { id } = JSON.parse(await placeWhole(subject)) as { id: string };
    workflowIds.push(subject.runPrefix + id);
    await isDelivered;
  }
  return workflowIds;
}
