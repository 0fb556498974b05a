import { ApplicationFailure } from "@temporalio/common";
import type { Activities } from "../../activities/index.js";
import { DatabaseUnavailableError } from "../../src/database/pool.js";
import { StockConflictError } from "../../src/database/save-order.js";
import type { ActivityName } from "../../workflows/runtime.js";
import type { AppProcess } from "./app-process.js";
import type { ActivityInfo } from "./in-memory-modules.js";
import type { Answer } from "./run-instance.js";
import type { VirtualTime } from "./virtual-time.js";

type Call = (...input: readonly unknown[]) => Promise<unknown>;

interface Observer {
  executed(step: string): void;
  violated(what: string): void;
  log(line: () => string): void;
}

/** A worker process: it executes the product's own activities. */
export class Worker {
  readonly process: AppProcess;
  private readonly activities: Activities;
  private readonly time: VirtualTime;
  private readonly observer: Observer;

  constructor(process: AppProcess, activities: Activities, time: VirtualTime, observer: Observer) {
    this.process = process;
    this.activities = activities;
    this.time = time;
    this.observer = observer;
  }

  /** Executes an activity in its own name; a worker that dies meanwhile answers nothing. */
  execute(
    activity: ActivityName,
    input: readonly unknown[],
    info: ActivityInfo,
    answer: (answer: Answer) => void,
  ): void {
    this.time.schedule(0, () => {
      if (!this.process.isAlive) return;
      this.observer.executed(stepOf(activity, input));
      this.time.context = info;
      const call = this.activities[activity] as Call;
      call(...input).then(
        (ok) => {
          this.observer.log(() => `${named(activity, input, info)}: ${shown(ok)}`);
          answer({ ok });
        },
        (failed: unknown) => {
          this.observer.log(() => `${named(activity, input, info)}: ${String(failed)}`);
          if (!isExpected(failed)) this.observer.violated(`${activity} broke: ${String(failed)}`);
          answer({ failed });
        },
      );
    });
  }
}

/** As a snapshot's `due` names it. */
function stepOf(activity: string, input: readonly unknown[]): string {
  const { shipmentId, refundId, kind, about } = (input[0] ?? {}) as Record<string, string | undefined>;
  return [activity, shipmentId ?? refundId ?? kind, about].filter((part) => part !== undefined).join("/");
}

/** A failure that an activity means, or that the database brings. */
function isExpected(failure: unknown): boolean {
  return (
    failure instanceof ApplicationFailure ||
    failure instanceof DatabaseUnavailableError ||
    failure instanceof StockConflictError
  );
}

function named(activity: string, input: readonly unknown[], { isLocal }: ActivityInfo): string {
  return `${stepOf(activity, input).replace(/_(.{4})\w{28}/, "_$1")}${isLocal ? "" : " (durable)"}`;
}

/** What of an activity's result a person wants to read. */
function shown(result: unknown): string {
  if (typeof result !== "object" || result === null) return String(result);
  const { version, status, due, attentions = [] } = result as Record<string, unknown>;
  const parts = [`v${String(version)}`, String(status), "due", JSON.stringify(due), JSON.stringify(attentions)];
  return parts.join(" ");
}
