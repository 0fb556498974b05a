import type { ActivityName, Input, Result, RunDetails, Runtime } from "../../workflows/runtime.js";
import { isDeepStrictEqual } from "node:util";
import { PLACED } from "../../workflows/names.js";
import { drained } from "./virtual-time.js";

/** What a run learns in a workflow task. */
export type Job =
  | { kind: "start" }
  | { kind: "signal"; number: number | null }
  | { kind: "answer"; call: number; answer: Answer }
  | { kind: "timer"; timer: number };

export type Answer = { ok: unknown } | { failed: unknown };

/** What a run asks for. */
export type Command =
  | ActivityCommand
  | { kind: "timer"; timer: number; ms: number; summary: string }
  | { kind: "no timer"; timer: number }
  | { kind: "list"; status: string | null; needsAttention: boolean }
  | { kind: "end"; answer: Answer };

export interface ActivityCommand {
  kind: "inline" | "durable";
  call: number;
  activity: ActivityName;
  input: readonly unknown[];
}

export type Story = (runtime: Runtime) => Promise<unknown>;

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * A run in the memory of a worker. It copies how the SDK activates a workflow: the jobs one after the other, blocked
 * conditions evaluated after each, then promises until they rest, and conditions again in the order of their creation
 * until none is met. The same jobs bring the same commands, so that another worker can replay it.
 */
export class RunInstance implements Runtime {
  readonly runId: string;
  private readonly story: Story;
  private readonly calls = new Map<number, Waiting>();
  private readonly timers = new Map<number, () => void>();
  private readonly blocked = new Map<number, { fact: () => boolean; resolve: () => void }>();
  private readonly unhandled: (number | null)[] = [];
  private handler: ((payload: { number: number | null }) => void) | null = null;
  private commands: Command[] = [];
  private isEnded = false;
  private created = 0;
  private at = 0;
  private listed = { status: PLACED, needsAttention: false };

  constructor(runId: string, story: Story) {
    this.runId = runId;
    this.story = story;
  }

  /** Gives the run what happened; returns what it asks for now. */
  async activate(jobs: readonly Job[], at: number): Promise<Command[]> {
    this.at = at;
    // Signals that come with the start wait for their handler.
    for (const job of jobs.filter(({ kind }) => kind !== "start")) {
      this.apply(job);
      this.unblock();
    }
    if (jobs.some(({ kind }) => kind === "start")) {
      this.start();
      this.unblock();
    }
    await drained();
    while (this.unblock()) await drained();
    const { commands } = this;
    this.commands = [];
    return commands;
  }

  tryInline<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>> {
    return this.call("inline", name, input);
  }

  execute<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>> {
    return this.call("durable", name, input);
  }

  async condition(fact: () => boolean, timeout?: { ms: number; summary: string }): Promise<boolean> {
    const condition = ++this.created;
    if (!timeout) {
      await this.block(condition, fact);
      return true;
    }
    const timer = ++this.created;
    const elapsed = new Promise<boolean>((resolve) => this.timers.set(timer, () => resolve(false)));
    this.ask({ kind: "timer", timer, ms: Math.max(timeout.ms, 1), summary: timeout.summary });
    try {
      return await Promise.race([elapsed, this.block(condition, fact).then(() => true)]);
    } finally {
      this.blocked.delete(condition);
      if (this.timers.delete(timer)) this.ask({ kind: "no timer", timer });
    }
  }

  now(): number {
    return this.at;
  }

  onSignal(handler: (payload: { number: number | null }) => void): void {
    this.handler = handler;
    for (const number of this.unhandled.splice(0)) handler({ number });
  }

  /** Lists the run again where that differs, as workflows/temporal-runtime.ts does. */
  show({ status, needsAttention }: RunDetails): void {
    const next = { status: status ?? this.listed.status, needsAttention };
    if (isDeepStrictEqual(next, this.listed)) return;
    this.listed = next;
    this.ask({ kind: "list", status, needsAttention });
  }

  /** After its end a run asks for nothing any more. */
  private ask(command: Command): void {
    if (this.isEnded) return;
    this.isEnded = command.kind === "end";
    this.commands.push(command);
  }

  private start(): void {
    void this.story(this).then(
      (ok) => this.ask({ kind: "end", answer: { ok } }),
      (failed: unknown) => this.ask({ kind: "end", answer: { failed } }),
    );
  }

  private call<A extends ActivityName>(kind: "inline" | "durable", activity: A, input: Input<A>): Promise<Result<A>> {
    const call = ++this.created;
    this.ask({ kind, call, activity, input });
    return new Promise((resolve, reject) => {
      this.calls.set(call, { resolve: (value) => resolve(value as Result<A>), reject });
    });
  }

  private block(condition: number, fact: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (fact()) resolve();
      else this.blocked.set(condition, { fact, resolve });
    });
  }

  private apply(job: Job): void {
    switch (job.kind) {
      case "start":
        return;
      case "signal":
        if (this.handler) this.handler({ number: job.number });
        else this.unhandled.push(job.number);
        return;
      case "answer": {
        const call = this.calls.get(job.call);
        this.calls.delete(job.call);
        if ("ok" in job.answer) call?.resolve(job.answer.ok);
        else call?.reject(job.answer.failed);
        return;
      }
      case "timer": {
        const fire = this.timers.get(job.timer);
        this.timers.delete(job.timer);
        fire?.();
      }
    }
  }

  /** Whether a condition was met. */
  private unblock(): boolean {
    let unblocked = false;
    for (let again = true; again;) {
      again = false;
      for (const [condition, { fact, resolve }] of this.blocked) {
        if (!fact()) continue;
        resolve();
        this.blocked.delete(condition);
        unblocked = again = true;
      }
    }
    return unblocked;
  }
}
