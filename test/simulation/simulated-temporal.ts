import type { RunState } from "../../src/domain/runs.js";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../../src/idempotency/derived-ids.js";
import type { Runtime } from "../../workflows/runtime.js";
import type { OutboxRow } from "./order-store.js";
import type { Random } from "./random.js";
import { type Host, SimulatedRun } from "./simulated-run.js";

/** The workflows that runs execute. */
export interface Stories {
  order(runtime: Runtime, orderId: string): Promise<unknown>;
  takeover(runtime: Runtime, orderId: string): Promise<unknown>;
  refund(runtime: Runtime, input: { refundId: string; orderId: string }): Promise<unknown>;
}

/** The runs of one order by their workflow ids, and how the outbox reaches them (src/background/outbox-dispatcher.ts). */
export class SimulatedTemporal {
  /** Every run that ever was, oldest first. */
  readonly runs: SimulatedRun[] = [];
  /** Rows of the outbox that were not delivered yet. */
  undelivered = 0;
  private readonly forgotten = new Set<string>();
  private readonly orderId: string;
  private readonly stories: Stories;
  private readonly host: Host;
  private readonly random: Random;
  private readonly started: (run: SimulatedRun) => void;

  constructor(
    orderId: string,
    stories: Stories,
    { host, random, started }: { host: Host; random: Random; started: (run: SimulatedRun) => void },
  ) {
    this.orderId = orderId;
    this.stories = stories;
    this.host = host;
    this.random = random;
    this.started = started;
  }

  /** Delivers a row of the outbox: soon as a rule, seconds later where a dispatcher was away, and now and then twice. */
  deliver(row: OutboxRow): void {
    this.deliverAfter(row, this.random.chance(0.03) ? this.random.between(500, 10_000) : this.random.between(2, 40));
    if (this.random.chance(0.02)) this.deliverAfter(row, this.random.between(20, 5_000));
  }

  stateOf(workflowId: string): RunState {
    if (this.open(workflowId)) return "open";
    if (this.forgotten.has(workflowId)) return "gone";
    return this.runs.some((run) => run.workflowId === workflowId) ? "closed" : "gone";
  }

  ofOrder = (orderId: string) => Promise.resolve(this.stateOf(orderWorkflowId(orderId)));
  ofTakeover = (orderId: string) => Promise.resolve(this.stateOf(takeoverWorkflowId(orderId)));
  ofRefund = (refundId: string) => Promise.resolve(this.stateOf(refundWorkflowId(refundId)));
  restartIdle = () => Promise.resolve(false);
  async *ordersSince() {}

  /** The run that carries the order on at this moment. */
  get openRunOfOrder(): SimulatedRun | undefined {
    return this.open(orderWorkflowId(this.orderId)) ?? this.open(takeoverWorkflowId(this.orderId));
  }

  get openRuns(): SimulatedRun[] {
    return this.runs.filter(({ isOpen }) => isOpen);
  }

  open(workflowId: string): SimulatedRun | undefined {
    return this.runs.find((run) => run.isOpen && run.workflowId === workflowId);
  }

  /** A run is ended by hand, or Temporal loses it. */
  lose(run: SimulatedRun, state: "closed" | "gone"): void {
    run.lose();
    if (state === "gone") this.forgotten.add(run.workflowId);
  }

  private deliverAfter(row: OutboxRow, delayMs: number): void {
    this.undelivered++;
    this.host.schedule(delayMs, () => {
      this.undelivered--;
      this.reach(row);
    });
  }

  private reach(row: OutboxRow): void {
    const isOrder = row.workflow === "order";
    const workflowId = isOrder ? orderWorkflowId(row.subjectId) : refundWorkflowId(row.subjectId);
    if (row.name === null) {
      const isKnown = this.runs.some((run) => run.workflowId === workflowId);
      if (isOrder ? !isKnown : !this.open(workflowId)) this.start(workflowId, row.subjectId);
      return;
    }
    const run = this.open(workflowId);
    if (run) return run.signal(row.number);
    // It waits for its run.
    if (!this.runs.some((one) => one.workflowId === workflowId)) return this.deliverAfter(row, 1_000);
    const next = isOrder ? takeoverWorkflowId(row.subjectId) : workflowId;
    (this.open(next) ?? this.start(next, row.subjectId)).signal(row.number);
  }

  private start(workflowId: string, subjectId: string): SimulatedRun {
    const { orderId, stories } = this;
    const ordinal = this.runs.filter((run) => run.workflowId === workflowId).length + 1;
    const story = (runtime: Runtime) => {
      if (workflowId.startsWith("refund/")) return stories.refund(runtime, { refundId: subjectId, orderId });
      return workflowId.startsWith("takeover/") ? stories.takeover(runtime, orderId) : stories.order(runtime, orderId);
    };
    const run = new SimulatedRun(workflowId, `${workflowId}#${ordinal}`, story, this.host);
    this.runs.push(run);
    this.host.log(() => `the run ${run.runId} starts`);
    this.started(run);
    return run;
  }
}
