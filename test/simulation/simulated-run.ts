import { isDeepStrictEqual } from "node:util";
import { ApplicationFailure } from "@temporalio/common";
import { msToNumber } from "@temporalio/common/lib/time.js";
import { INLINE_MS } from "../../workflows/temporal-runtime.js";
import { type ActivityCommand, type Answer, type Command, type Job, RunInstance, type Story } from "./run-instance.js";
import type { Worker } from "./worker.js";

/** What a run needs of the world that it lives in. */
export interface Host {
  now(): number;
  schedule(delayMs: number, work: () => void | Promise<void>): () => void;
  /** A worker that lives: the same as before, if it does. */
  workerOf(last: Worker | null): Worker;
  /** Any number of milliseconds between two steps of Temporal. */
  lagMs(): number;
  ended(run: SimulatedRun, answer: Answer): void;
  violated(what: string): void;
  /** The steps that a person would want to read. */
  log(line: () => string): void;
}

export interface Activation {
  jobs: readonly Job[];
  at: number;
  commands: readonly Command[];
}

interface Task {
  activations: Activation[];
  /** Inline activities that are in progress. */
  inline: number;
  worker: Worker;
}

/** Between the death of a worker and the moment when Temporal gives its task, or its activity, to another one. */
const NOTICED_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 20_000;
/** A durable activity's own time-out. */
const DURABLE_MS = 30_000;

/**
 * A run as Temporal keeps it: a history of workflow tasks, and what waits for the next one. Inline activities belong to
 * a task: while one is in progress everything else waits, and a task that is lost is repeated with all of them. A worker
 * that has not carried the run so far replays it first.
 */
export class SimulatedRun {
  readonly workflowId: string;
  readonly runId: string;
  isOpen = true;
  private readonly story: Story;
  private readonly host: Host;
  private instance: RunInstance;
  private worker: Worker | null = null;
  private readonly history: Task[] = [];
  private readonly inbox: Job[] = [{ kind: "start" }];
  private readonly timers = new Map<number, () => void>();
  private task: Task | null = null;
  private isAwaited = false;

  constructor(workflowId: string, runId: string, story: Story, host: Host) {
    this.workflowId = workflowId;
    this.runId = runId;
    this.story = story;
    this.host = host;
    this.instance = new RunInstance(runId, story);
    this.await(host.lagMs());
  }

  signal(number: number | null): void {
    this.receive({ kind: "signal", number });
  }

  /** Ended from outside, or forgotten. */
  lose(): void {
    this.isOpen = false;
    this.task = null;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  /** The workflow tasks that were completed, oldest first. */
  get tasks(): readonly { activations: readonly Activation[] }[] {
    return this.history;
  }

  private receive(job: Job): void {
    if (!this.isOpen) return;
    this.inbox.push(job);
    this.await(this.host.lagMs());
  }

  private await(delayMs: number): void {
    if (this.isAwaited || this.task) return;
    this.isAwaited = true;
    this.host.schedule(delayMs, () => this.begin());
  }

  private async begin(): Promise<void> {
    this.isAwaited = false;
    if (!this.isOpen || this.task || this.inbox.length === 0) return;
    const worker = this.host.workerOf(this.worker);
    if (worker !== this.worker && this.history.length > 0) await this.replay();
    this.worker = worker;
    const task: Task = { activations: [], inline: 0, worker };
    this.task = task;
    const forget = worker.process.whenDead(() => this.repeat(task, NOTICED_AFTER_MS));
    // The SDK's core hands signals over before whatever else came meanwhile.
    const jobs = this.inbox.splice(0);
    await this.advance(
      task,
      jobs.toSorted((one, other) => RANK[one.kind] - RANK[other.kind]),
      forget,
    );
  }

  private async advance(task: Task, jobs: readonly Job[], forget: () => void): Promise<void> {
    const at = this.host.now();
    const commands = await this.instance.activate(jobs, at);
    if (this.task !== task) return;
    task.activations.push({ jobs, at, commands });
    for (const command of commands) if (command.kind === "inline") this.executeInline(task, command, forget);
    // A run that ends waits for no activity of its last task.
    if (task.inline > 0 && !commands.some(({ kind }) => kind === "end")) return;
    forget();
    this.complete(task);
  }

  /** A task that is lost leaves no trace; the next one starts with the same jobs. */
  private repeat(task: Task, afterMs: number): void {
    if (this.task !== task) return;
    this.task = null;
    this.worker = null;
    this.inbox.unshift(...(task.activations[0]?.jobs ?? []));
    if (this.history.length === 0) this.instance = new RunInstance(this.runId, this.story);
    this.await(afterMs);
  }

  private complete(task: Task): void {
    const commands = task.activations.flatMap((activation) => activation.commands);
    const end = commands.find((command) => command.kind === "end");
    // The server lets no run close that has not seen everything: "UnhandledCommand".
    if (end && this.inbox.length > 0) return this.repeat(task, this.host.lagMs());
    this.task = null;
    this.history.push(task);
    for (const command of commands) this.carryOut(command);
    if (end) {
      this.lose();
      this.host.ended(this, end.answer);
    } else if (this.inbox.length > 0) this.await(this.host.lagMs());
  }

  private carryOut(command: Command): void {
    switch (command.kind) {
      case "inline":
      case "list":
      case "end":
        return;
      case "durable":
        return this.executeDurable(command, 1);
      case "timer": {
        const { timer, ms, summary } = command;
        this.host.log(() => `timer of ${ms} ms: ${summary}`);
        this.timers.set(
          timer,
          this.host.schedule(ms, () => {
            this.timers.delete(timer);
            this.receive({ kind: "timer", timer });
          }),
        );
        return;
      }
      case "no timer":
        this.timers.get(command.timer)?.();
        this.timers.delete(command.timer);
    }
  }

  private executeInline(task: Task, { call, activity, input }: ActivityCommand, forget: () => void): void {
    task.inline++;
    let isOver = false;
    const answer = (answered: Answer) => {
      if (isOver) return;
      isOver = true;
      timeout();
      this.host.schedule(0, () => {
        if (this.task !== task) return;
        task.inline--;
        return this.advance(task, [{ kind: "answer", call, answer: answered }], forget);
      });
    };
    const limitMs = INLINE_MS[activity];
    if (limitMs === null) throw new Error(`${activity} is never inline`);
    const info = { isLocal: true, startToCloseTimeoutMs: limitMs };
    // It goes on, though its caller waits no more.
    const timeout = this.host.schedule(info.startToCloseTimeoutMs, () => answer({ failed: new Error("timed out") }));
    task.worker.execute(activity, input, info, answer);
  }

  private executeDurable(command: ActivityCommand, attempt: number): void {
    const { call, activity, input } = command;
    this.host.schedule(this.host.lagMs(), () => {
      if (!this.isOpen) return;
      let isOver = false;
      const worker = this.host.workerOf(null);
      const again = (afterMs: number) => {
        if (isOver) return;
        isOver = true;
        forget();
        timeout();
        if (this.isOpen) this.host.schedule(afterMs, () => this.executeDurable(command, attempt + 1));
      };
      const forget = worker.process.whenDead(() => again(NOTICED_AFTER_MS));
      const timeout = this.host.schedule(DURABLE_MS, () => again(retryAfterMs(attempt, null)));
      worker.execute(activity, input, { isLocal: false, startToCloseTimeoutMs: DURABLE_MS }, (answer) => {
        if ("failed" in answer) return again(retryAfterMs(attempt, answer.failed));
        if (isOver) return;
        isOver = true;
        forget();
        timeout();
        this.host.schedule(0, () => this.receive({ kind: "answer", call, answer }));
      });
    });
  }

  /** Another worker builds the run up from its history: whoever follows it asks for the same. */
  private async replay(): Promise<void> {
    this.instance = new RunInstance(this.runId, this.story);
    for (const { jobs, at, commands } of this.history.flatMap(({ activations }) => activations)) {
      const replayed = await this.instance.activate(jobs, at);
      if (!isDeepStrictEqual(replayed, commands)) {
        this.host.violated(`${this.workflowId} asks for something else when it is replayed`);
        return;
      }
    }
  }
}

const RANK: Record<Job["kind"], number> = { start: 0, signal: 1, answer: 2, timer: 2 };

function retryAfterMs(attempt: number, failure: unknown): number {
  const wished = failure instanceof ApplicationFailure ? failure.nextRetryDelay : null;
  if (wished !== null && wished !== undefined) return msToNumber(wished);
  return Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS);
}
