import { createActivities, type Activities } from "../../activities/index.js";
import { balances, findOperation, isClosed, type Order } from "../../src/domain/order.js";
import { isOpen } from "../../src/domain/operation.js";
import type { ProviderEvent } from "../../src/domain/fact.js";
import type { Database } from "../../src/database/database.js";
import { isRefundDue } from "../../src/domain/rules/snapshot.js";
import { dueSteps } from "../../src/domain/rules/next-step.js";
import { cancelOrder } from "../../src/services/cancel-order.js";
import { decideOrder } from "../../src/services/decide-order.js";
import { refundOrder } from "../../src/services/refund-order.js";
import { resolveOrder } from "../../src/services/resolve-order.js";
import { runOrder, runTakeover } from "../../workflows/process-order.js";
import { processRefund } from "../../workflows/refund-workflow.js";
import type { Runtime } from "../../workflows/runtime.js";
import { AppProcess, weatherOf } from "./app-process.js";
import { type BackgroundWorld, lostRuns, polled, reconciled } from "./background.js";
import { EmailServer } from "./email-server.js";
import { FaultTable } from "./fault-table.js";
import { type CallFault, type Fault, FAULTS, Faults, type OperationName } from "./faults.js";
import { createGateways, type Providers } from "./gateways.js";
import { type ActivityInfo, provideActivityInfo } from "./in-memory-modules.js";
import { EMAIL_DOMAIN, judge } from "./judge.js";
import { keyed } from "./keyed.js";
import { attentionToSeeTo, choose } from "./operator.js";
import { OrderStore } from "./order-store.js";
import { type HeldPayment, type MadeRefund, PaymentProvider } from "./payment-provider.js";
import { Random } from "./random.js";
import type { Answer } from "./run-instance.js";
import { drawScenario, type Scenario } from "./scenario.js";
import type { SimulatedRun } from "./simulated-run.js";
import { SimulatedTemporal, type Stories } from "./simulated-temporal.js";
import { START, VirtualTime } from "./virtual-time.js";
import { type KeptShipment, Warehouse } from "./warehouse.js";
import { Webhooks } from "./webhooks.js";
import { Worker } from "./worker.js";

/** What a planted activity may reach. */
export interface PlantedWorld {
  database: Database;
  order(): Order;
}

/** What may be put in the place of the product's own: a planted fault. */
export interface Plant {
  stories?: Partial<Stories>;
  runtime?(runtime: Runtime): Runtime;
  activities?(activities: Activities, world: PlantedWorld): Partial<Activities>;
}

export interface Simulated {
  seed: number;
  orderId: string;
  /** Calls to the providers. */
  calls: number;
  violations: string[];
  table: FaultTable;
  /** The story as a person reads it; empty unless it was asked for. */
  story: string[];
  runs: readonly SimulatedRun[];
  /** How the order ended. */
  end: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Beyond the time for which a payment is authorized. */
const LONG_AFTER_MS = 9 * DAY_MS;
/** Nothing that a scenario draws takes longer. */
const LONGEST_MS = 40 * DAY_MS;
/** A story that takes more steps spins. */
const MOST_STEPS = 60_000;
const FIRST_POLL_MS = 50_000;
const LONGEST_POLL_MS = 60 * MINUTE_MS;
/**
 * What is due is executed within so long: a durable activity is tried again after 20 s at most and takes 16 s with a
 * look-up, a step that changed nothing waits up to 60 s.
 */
const EXECUTED_WITHIN_MS = 90_000;
/** After 23 h nothing that creates is sent any more, only looked up. */
const SENT_FOR_MS = 22 * 60 * MINUTE_MS;
const WORKERS = 2;
/** How likely a run goes on at another worker, which has to replay it. */
const EVICTED = 0.02;

/** One order from its acceptance until nothing happens any more, in a world that a seed decides. */
export async function simulate(seed: number, plant: Plant = {}, isLogged = false): Promise<Simulated> {
  return new Simulation(seed, plant, isLogged).run();
}

class Simulation {
  private readonly seed: number;
  private readonly random: Random;
  private readonly time: VirtualTime;
  private readonly scenario: Scenario;
  private readonly plant: Plant;
  private readonly table = new FaultTable();
  private readonly violations = new Set<string>();
  private readonly story: string[] = [];
  private readonly isLogged: boolean;
  private readonly store: OrderStore;
  private readonly providers: Providers;
  private readonly faults: Faults;
  private readonly temporal: SimulatedTemporal;
  private readonly webhooks: Webhooks;
  private readonly api: AppProcess;
  private readonly workers: Worker[] = [];
  private readonly deaths: number[];
  /** When each step was executed last, and each operation asked for. */
  private readonly executedAt = new Map<string, number>();
  private readonly askedAt = new Map<string, number>();
  private calls = 0;
  private commands = 0;
  private changedAt = START;
  private pollAfterMs = FIRST_POLL_MS;
  private lostAt = START;
  private isOperatorComing = false;
  private isFirstCapture = true;
  /** The run that was lost, and the operation that was in progress. */
  private lost: { run: SimulatedRun; operation: OperationName; isCounted: boolean } | null = null;

  constructor(seed: number, plant: Plant, isLogged: boolean) {
    this.seed = seed;
    this.plant = plant;
    this.isLogged = isLogged;
    this.random = new Random(seed);
    this.scenario = drawScenario(seed, this.random);
    this.time = new VirtualTime(this.random);
    const { order, free, payment, faults, emails } = this.scenario;
    this.deaths = [...faults.workerDiesAfter];
    this.faults = new Faults(faults);
    this.store = new OrderStore(order, free, {
      changed: (next) => this.changed(next),
      stored: () => (this.changedAt = this.time.now),
      left: (row) => this.temporal.deliver(row),
      violated: (what) => this.violated(what),
    });
    this.providers = {
      payment: new PaymentProvider(
        payment,
        {
          paymentChanged: (changed, type) => this.paymentChanged(changed, type),
          refundChanged: (refund) => this.refundChanged(refund),
        },
        () => this.time.now,
      ),
      warehouse: new Warehouse({
        accepted: ({ id }) => this.decideFate(id),
        changed: (shipment) => this.shipmentChanged(shipment),
      }),
      email: new EmailServer(emails, this.random),
    };
    this.api = this.process(() => false, 0);
    this.webhooks = new Webhooks({
      ...{ time: this.time, random: this.random, table: this.table, api: this.api },
      order: () => this.store.order,
      log: (line) => this.log(line),
    });
    this.temporal = new SimulatedTemporal(order.id, this.stories(), {
      random: this.random,
      host: {
        now: () => this.time.now,
        schedule: (delayMs, work) => this.time.schedule(delayMs, work),
        workerOf: (last) => this.workerOf(last),
        lagMs: () => this.random.between(1, 20),
        ended: (run, answer) => this.ended(run, answer),
        violated: (what) => this.violated(what),
        log: (line) => this.log(line),
      },
      started: (run) => this.started(run),
    });
    for (let index = 0; index < WORKERS; index++) this.workers.push(this.worker());
  }

  async run(): Promise<Simulated> {
    provideActivityInfo(() => this.time.context as ActivityInfo | null);
    this.temporal.deliver({ workflow: "order", subjectId: this.scenario.order.id, name: null, number: null });
    this.time.schedule(FIRST_POLL_MS, () => this.poll(), true);
    const { cancelsAfterMs } = this.scenario;
    if (cancelsAfterMs !== null) this.time.schedule(cancelsAfterMs, () => this.cancel());
    while (this.violations.size === 0 && !this.isQuiet() && (await this.time.step())) this.checkBounds();
    if (this.violations.size === 0)
      for (const violation of judge(this.store.order, this.providers)) this.violated(violation);
    const { seed, calls, table, story } = this;
    const { status, failure } = this.store.order;
    const end = failure ? `${status}, ${failure.code}` : status;
    const orderId = this.scenario.order.id;
    return { seed, orderId, calls, violations: [...this.violations], table, story, runs: this.temporal.runs, end };
  }

  /** Nothing is in progress, and a last poll of the providers finds nothing new. */
  private isQuiet(): boolean {
    if (this.time.busy > 0 || this.temporal.openRuns.length > 0) return false;
    const { order } = this.store;
    if (!isClosed(order) || attentionToSeeTo(order)) return false;
    return !this.lookAround(true);
  }

  private checkBounds(): void {
    const { order } = this.store;
    if (this.time.now > START + LONGEST_MS)
      this.violated(
        `after ${LONGEST_MS / DAY_MS} days it is still ${order.status}, due: ${dueSteps(order).join(", ")}`,
      );
    if (this.time.steps > MOST_STEPS) this.violated(`it spins: ${order.status}, due: ${dueSteps(order).join(", ")}`);
  }

  private stories(): Stories {
    const { stories = {}, runtime: wrapped = (runtime: Runtime) => runtime } = this.plant;
    const { order = runOrder, takeover = runTakeover, refund = processRefund } = stories;
    return {
      order: (runtime, orderId) => order(wrapped(runtime), orderId),
      takeover: (runtime, orderId) => takeover(wrapped(runtime), orderId),
      refund: (runtime, input) => refund(wrapped(runtime), input),
    };
  }

  private process(dies: (process: AppProcess) => boolean, cachedOrders: number): AppProcess {
    const weather = weatherOf(this.random, this.scenario.faults.database, dies);
    return new AppProcess(this.store, this.time, weather, cachedOrders);
  }

  private worker(): Worker {
    const process = this.process((dying) => this.dies(dying), 1);
    const { payments, warehouse, email } = createGateways(process, this.providers, {
      ...{ time: this.time, random: this.random, faults: this.faults },
      called: (operation, key, fault) => this.called(operation, key, fault),
      refused: (operation) => this.table.hit(operation, "refusal"),
    });
    const activities = createActivities({
      ...{ database: process.database, payments, warehouse, email, emailDomain: EMAIL_DOMAIN },
      ...{ returnUrl: "https://shop.example", retentionDays: null, runs: this.temporal },
    });
    const world = { database: process.database, order: () => this.store.order };
    const planted = this.plant.activities?.(activities, world);
    return new Worker(process, { ...activities, ...planted }, this.time, {
      executed: (step) => this.executedAt.set(step, this.time.now),
      violated: (what) => this.violated(what),
      log: (line) => this.log(line),
    });
  }

  private workerOf(last: Worker | null): Worker {
    const living = this.workers.filter(({ process }) => process.isAlive);
    if (last && living.includes(last) && !this.random.chance(EVICTED)) return last;
    return this.random.pick(living);
  }

  /** Asked before and after each effect of a worker. */
  private dies(process: AppProcess): boolean {
    const [left] = this.deaths;
    if (left === undefined) return false;
    this.deaths[0] = left - 1;
    if (left > 0) return false;
    this.deaths.shift();
    this.log(() => "a worker dies");
    process.die();
    this.workers.push(this.worker());
    return true;
  }

  /** A call leaves for a provider: it is begun by then, and nothing else is asked under its key. */
  private called(operation: OperationName, key: string, fault: CallFault | null): void {
    this.calls++;
    const { order } = this.store;
    const name = key.slice(order.id.length + 1).replace(/#\d+$/, "");
    this.askedAt.set(name, this.time.now);
    this.log(() => `call ${key.slice(order.id.length + 1)}${fault ? `: ${fault}` : ""}`);
    const known = findOperation(order, name);
    if (!known || known.firstAttemptAt === null) this.violated(`${name} is called and was not begun`);
    if (fault !== null && fault !== "refusal" && isFault(fault)) this.table.hit(operation, fault);
    const { losesRun } = this.scenario.faults;
    if (losesRun?.operation !== operation || this.lost) return;
    const run = operation === "refund" ? this.temporal.open(name) : this.temporal.openRunOfOrder;
    if (!run) return;
    this.lost = { run, operation, isCounted: false };
    this.time.schedule(this.random.between(0, 200), () => {
      if (!run.isOpen) return;
      this.log(() => `the run ${run.runId} is lost: ${losesRun.state}`);
      this.temporal.lose(run, losesRun.state);
      this.lostAt = this.time.now;
    });
  }

  private started(run: SimulatedRun): void {
    const { lost } = this;
    if (!lost || lost.isCounted || lost.run.isOpen) return;
    const follows =
      lost.operation === "refund" ? run.workflowId === lost.run.workflowId : run.workflowId.startsWith("takeover/");
    if (!follows) return;
    lost.isCounted = true;
    this.table.hit(lost.operation, "run lost and taken over");
  }

  /** A run ends when its order or refund is closed and owes nothing, or when another run has the order. */
  private ended(run: SimulatedRun, answer: Answer): void {
    this.log(() => `the run ${run.runId} ends: ${JSON.stringify(answer)}`);
    if ("failed" in answer) return this.violated(`the run ${run.workflowId} failed: ${String(answer.failed)}`);
    if (answer.ok === null) return;
    const { order } = this.store;
    if (run.workflowId.startsWith("refund/")) {
      const refund = order.refunds.find(({ id }) => `refund/${id}` === run.workflowId);
      if (refund?.status !== "succeeded" && refund?.status !== "failed")
        this.violated(`a refund's run ended while the refund is ${refund?.status}`);
      return;
    }
    if (!isClosed(order)) this.violated(`the order's run ended while the order is ${order.status}`);
    const owed = order.emails.find(({ kind, status }) => status === "queued" && kind !== "refunded");
    if (owed) this.violated(`the order's run ended before the email ${owed.kind}`);
  }

  private changed(order: Order): void {
    this.changedAt = this.time.now;
    this.pollAfterMs = FIRST_POLL_MS;
    if (this.isLogged) this.log(() => `saved v${order.version} ${order.status}`);
    this.sendOperator();
    if (order.status === "awaiting_approval") this.decide(order);
    if (this.isFirstCapture && balances(order).captured > 0) {
      this.isFirstCapture = false;
      this.scenario.refunds.forEach(({ afterMs, share }, index) =>
        this.time.schedule(afterMs, () => this.refund(`refund-${index}`, share)),
      );
    }
  }

  private isDecisionComing = false;

  private decide({ id }: Order): void {
    const { decision } = this.scenario;
    if (decision === null || this.isDecisionComing) return;
    this.isDecisionComing = true;
    const request = keyed("decide-order", id, "operator", "decision-1", { decision });
    this.command(this.random.spread(1_000, DAY_MS), "decides", () => decideOrder(this.deps, { orderId: id, request }));
  }

  private cancel(): void {
    const { id } = this.store.order;
    const request = keyed("cancel-order", id, "merchant", "cancel-1", {});
    this.command(0, "cancels", () => cancelOrder(this.deps, { orderId: id, request }));
  }

  private refund(key: string, share: number | null): void {
    const { id, total } = this.store.order;
    const body = share === null ? {} : { amount: Math.max(1, Math.round(total * share)) };
    const request = keyed("refund-order", id, "merchant", key, body);
    this.command(0, "refunds", () => refundOrder(this.deps, { orderId: id, request }));
  }

  private get deps() {
    return { database: this.api.database, policy: this.scenario.order.policy };
  }

  /** A command, repeated with its key while the API does not answer; one that is refused changed nothing. */
  private command(delayMs: number, name: string, send: () => Promise<unknown>): void {
    this.time.schedule(delayMs, () => {
      void send().then(
        () => this.log(() => `${name}: accepted`),
        (error: unknown) => {
          this.log(() => `${name}: ${String(error)}`);
          const code = error instanceof Error && "code" in error ? error.code : null;
          if (code === "unavailable") this.command(1_000, name, send);
          else if (code === null) this.violated(`${name}: ${String(error)}`);
        },
      );
    });
  }

  /** An operator comes minutes after an attention was raised, and sees to one after the other. */
  private sendOperator(): void {
    if (this.isOperatorComing || !attentionToSeeTo(this.store.order)) return;
    this.isOperatorComing = true;
    this.time.schedule(this.random.between(MINUTE_MS, 10 * MINUTE_MS), () => {
      this.isOperatorComing = false;
      this.resolve();
      this.sendOperator();
    });
  }

  private resolve(): void {
    const { order } = this.store;
    const attention = attentionToSeeTo(order);
    if (!attention) return;
    this.checkSteps();
    const choice = choose(order, attention, this.providers, this.random);
    const body = { ...choice, attention: attention.id, reason: "seen to" };
    const key = `resolution-${attention.id}-${++this.commands}`;
    const request = keyed("resolve-order", order.id, "operator", key, body);
    this.command(0, `resolves ${attention.cause} of ${attention.step} by ${choice.action}`, () =>
      resolveOrder(this.deps, { orderId: order.id, request }),
    );
  }

  /**
   * Whatever is due is executed, whatever else is in progress and whichever attention is open: a provider is asked however
   * long it does not answer (E4), and a compensation that fails keeps no other from being made (E5).
   */
  private checkSteps(): void {
    const { order } = this.store;
    if (this.temporal.undelivered > 0) return;
    // A refund's own run applies what is reported of it.
    const isOfRefund = order.facts.some(({ about }) => about === "refund");
    const isElsewhere = (step: string) => step.startsWith("sendEmail/") || (step === "applyEvent" && isOfRefund);
    const ofOrder = this.temporal.openRunOfOrder ? dueSteps(order).filter((step) => !isElsewhere(step)) : [];
    const ofRefunds = order.refunds.filter(({ id }) => isRefundDue(order, id) && this.temporal.open(`refund/${id}`));
    for (const step of [...ofOrder, ...ofRefunds.map(({ id }) => `refundPayment/${id}`)]) {
      const agoMs = this.time.now - Math.max(this.attendedAt(step), this.changedAt, this.lostAt);
      if (agoMs > EXECUTED_WITHIN_MS) this.violated(`${step} is due, and was not attended to for ${agoMs} ms`);
    }
  }

  /** When a step's provider was asked last, while it may be; else when the step was executed. */
  private attendedAt(step: string): number {
    const [activity = "", subject] = step.split("/");
    const name = [KIND_OF[activity], subject].filter((part) => part !== undefined).join("/");
    const operation = findOperation(this.store.order, name);
    const isAsked = isOpen(operation) && this.time.now - operation.firstAttemptAt < SENT_FOR_MS;
    return (isAsked ? this.askedAt.get(name) : this.executedAt.get(step)) ?? START;
  }

  private paymentChanged(payment: HeldPayment, type: string): void {
    this.log(() => `payment ${payment.reference} is ${payment.state}, ${payment.received} received`);
    const { payments } = this.providers.payment;
    if (payments.length > 1) this.violated(`${payments.length} payments were made for one order`);
    const { customer } = this.scenario;
    const { reference, state } = payment;
    if (state === "processing")
      this.time.schedule(this.random.spread(500, 5 * MINUTE_MS), () => this.providers.payment.decide(reference, true));
    else this.webhooks.payment(payment, type);
    if (state === "action_required" && customer)
      this.time.schedule(customer.afterMs, () => this.providers.payment.decide(reference, customer.isGood));
    if (state === "authorized" && payment.received === 0) this.dropLater(reference);
  }

  /** The provider drops an authorization that was not captured in time. */
  private dropLater(reference: string): void {
    const { captureBefore } = this.scenario.payment.terms;
    const held = this.providers.payment.payments.find((one) => one.reference === reference);
    if (!held || captureBefore === null) return;
    this.time.schedule(captureBefore - this.time.now, () => this.providers.payment.release(held), true);
  }

  private refundChanged(refund: MadeRefund): void {
    this.log(() => `refund ${refund.reference} is ${refund.state}`);
    this.webhooks.refund(refund, this.store.order.id);
    const { random } = this;
    if (refund.state === "pending") {
      const state = random.chance(0.85) ? "succeeded" : "failed";
      this.time.schedule(random.spread(1_000, DAY_MS), () =>
        this.providers.payment.decideRefund(refund.reference, state),
      );
    }
    if (refund.state === "succeeded" && random.chance(0.03))
      this.time.schedule(random.spread(1_000, DAY_MS), () =>
        this.providers.payment.decideRefund(refund.reference, "failed"),
      );
  }

  /** A shipment leaves, at once or much later, or fails; of those that fail some turn up again. */
  private decideFate(id: string): void {
    const { random } = this;
    const drawn = random.next();
    const hours = 6 * 60 * MINUTE_MS;
    const leavesAfterMs =
      drawn < 0.2 ? random.between(0, 30) : drawn < 0.97 ? random.spread(100, hours) : LONG_AFTER_MS;
    this.move(id, leavesAfterMs, random.chance(0.08) ? "failed" : "shipped");
  }

  private shipmentChanged(shipment: KeptShipment): void {
    const { random } = this;
    const { id, status } = shipment;
    this.webhooks.shipment(shipment);
    if (status === "shipped" && random.chance(0.07)) this.move(id, random.spread(1_000, DAY_MS), "failed");
    else if (status === "shipped") this.move(id, random.spread(50, 4 * DAY_MS), "delivered");
    else if (status === "failed" && random.chance(0.15)) this.move(id, random.spread(1_000, DAY_MS), "shipped");
  }

  private move(id: string, delayMs: number, status: "shipped" | "delivered" | "failed"): void {
    this.time.schedule(delayMs, () => void this.providers.warehouse.move(id, status));
  }

  private poll(): void {
    this.checkSteps();
    this.lookAround(false);
    this.pollAfterMs = Math.min(this.pollAfterMs * 2, LONGEST_POLL_MS);
    this.time.schedule(this.pollAfterMs, () => this.poll(), true);
  }

  /** Polls and reconciles; whether that found anything. Nothing that happened is settled yet unless `isSettled`. */
  private lookAround(isSettled: boolean): boolean {
    const { store, providers, temporal, time } = this;
    const changedAt = isSettled ? 0 : this.changedAt;
    const world: BackgroundWorld = { now: time.now, order: store.order, providers, temporal, changedAt };
    const rows = this.temporal.undelivered > 0 ? [] : lostRuns(world);
    for (const row of rows) this.temporal.deliver(row);
    const isNew = ({ provider, eventId }: ProviderEvent) => !this.store.knows(provider, eventId);
    const events = [...polled(world), ...reconciled(world)].filter(isNew);
    for (const event of events) {
      this.log(() => `found ${event.eventId}`);
      void this.webhooks.store(event);
    }
    return rows.length > 0 || events.length > 0;
  }

  private violated(what: string): void {
    this.log(() => `VIOLATION: ${what}`);
    this.violations.add(what);
  }

  private log(line: () => string): void {
    if (!this.isLogged) return;
    const ms = this.time.now - START;
    this.story.push(`${(ms / 1_000).toFixed(3).padStart(12)} s  ${line()}`);
  }
}

const KIND_OF: Record<string, string> = {
  authorizePayment: "authorize",
  capturePayment: "capture",
  requestShipment: "request",
  cancelShipment: "recall",
  refundPayment: "refund",
};

function isFault(fault: CallFault): fault is CallFault & Fault {
  return (FAULTS as readonly string[]).includes(fault);
}
