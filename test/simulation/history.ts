import { EFFECTS_QUEUE, TASK_QUEUE, WORKFLOW_TYPE } from "../../workflows/names.js";
import type { ActivityCommand, Answer, Command, Job } from "./run-instance.js";
import type { SimulatedRun } from "./simulated-run.js";

/** A run as the real SDK can replay it, and what it must ask for then. */
export interface RecordedRun {
  workflowId: string;
  /** A history in the JSON form of Temporal's own tools. */
  history: { events: object[] };
  /** The input of each activity, in the order of their execution. */
  inputs: (readonly unknown[])[];
}

/** Writes a simulated run down as Temporal would have. */
export function record(run: SimulatedRun, orderId: string): RecordedRun {
  const writer = new HistoryWriter(run, orderId);
  for (const { activations } of run.tasks) {
    const [first, ...later] = activations;
    if (!first) continue;
    for (const job of first.jobs) writer.job(job, first.at);
    writer.task(first.at);
    for (const command of first.commands) writer.command(command, first.at);
    for (const { jobs, at, commands } of later) {
      for (const job of jobs) if (job.kind === "answer") writer.marker(job.call, job.answer, at);
      for (const command of commands) writer.command(command, at);
    }
  }
  return { workflowId: run.workflowId, history: { events: writer.events }, inputs: writer.inputs };
}

class HistoryWriter {
  readonly events: object[] = [];
  readonly inputs: (readonly unknown[])[] = [];
  private readonly run: SimulatedRun;
  private readonly orderId: string;
  /** Our calls and timers by the numbers that the SDK gives them, and by the events that began them. */
  private readonly calls = new Map<number, { id: number; command: ActivityCommand; eventId: number }>();
  private readonly timers = new Map<number, { id: number; eventId: number }>();
  private completedEventId = 0;
  private isFirstTask = true;

  constructor(run: SimulatedRun, orderId: string) {
    this.run = run;
    this.orderId = orderId;
  }

  job(job: Job, at: number): void {
    switch (job.kind) {
      case "start":
        return this.start(at);
      case "signal": {
        const input = payloads({ number: job.number });
        this.add("WORKFLOW_EXECUTION_SIGNALED", at, { signalName: "signalled", input, header: {} });
        return;
      }
      case "answer": {
        const { eventId } = required(this.calls.get(job.call));
        const startedEventId = this.add("ACTIVITY_TASK_STARTED", at, { scheduledEventId: eventId, attempt: 1 });
        const result = payloads("ok" in job.answer ? job.answer.ok : null);
        this.add("ACTIVITY_TASK_COMPLETED", at, { scheduledEventId: eventId, startedEventId, result });
        return;
      }
      case "timer": {
        const { id, eventId } = required(this.timers.get(job.timer));
        this.add("TIMER_FIRED", at, { timerId: String(id), startedEventId: eventId });
      }
    }
  }

  /** A workflow task; what follows are its commands. */
  task(at: number): void {
    const scheduledEventId = this.add("WORKFLOW_TASK_SCHEDULED", at, { taskQueue: { name: TASK_QUEUE }, attempt: 1 });
    const startedEventId = this.add("WORKFLOW_TASK_STARTED", at, { scheduledEventId });
    const sdk = { coreUsedFlags: [1, 2, 3], langUsedFlags: [2], sdkName: "temporal-typescript", sdkVersion: "1.24.0" };
    const sdkMetadata = this.isFirstTask ? sdk : {};
    this.isFirstTask = false;
    this.completedEventId = this.add("WORKFLOW_TASK_COMPLETED", at, { scheduledEventId, startedEventId, sdkMetadata });
  }

  command(command: Command, at: number): void {
    switch (command.kind) {
      case "inline":
        this.calls.set(command.call, { id: this.calls.size + 1, command, eventId: 0 });
        this.inputs.push(command.input);
        return;
      case "durable":
        return this.schedule(command, at);
      case "timer": {
        const id = this.timers.size + 1;
        const timer = { timerId: String(id), startToFireTimeout: `${command.ms / 1_000}s` };
        this.timers.set(command.timer, { id, eventId: this.addCommand("TIMER_STARTED", at, timer) });
        return;
      }
      case "no timer": {
        const { id, eventId } = required(this.timers.get(command.timer));
        this.addCommand("TIMER_CANCELED", at, { timerId: String(id), startedEventId: eventId });
        return;
      }
      case "list": {
        const { status, needsAttention } = command;
        const indexedFields = {
          ...(status !== null && { OrderStatus: payload(status, "Keyword") }),
          NeedsAttention: payload(needsAttention, "Bool"),
        };
        this.addCommand("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", at, { searchAttributes: { indexedFields } });
        return;
      }
      case "end": {
        const result = payloads("ok" in command.answer ? command.answer.ok : null);
        this.addCommand("WORKFLOW_EXECUTION_COMPLETED", at, { result });
      }
    }
  }

  /** What came of an activity inside the task. */
  marker(call: number, answer: Answer, at: number): void {
    const { id, command } = required(this.calls.get(call));
    const time = { seconds: Math.floor(at / 1_000), nanos: (at % 1_000) * 1_000_000 };
    const data = payloads({
      ...{ seq: id, attempt: 1, activity_id: String(id), activity_type: command.activity },
      ...{ complete_time: time, backoff: null, original_schedule_time: time },
    });
    const isOk = "ok" in answer;
    this.addCommand("MARKER_RECORDED", at, {
      markerName: "core_local_activity",
      details: { data, ...(isOk && { result: payloads(answer.ok) }) },
      ...(!isOk && {
        failure: { message: "failed", source: "TypeScriptSDK", applicationFailureInfo: { type: "Failed" } },
      }),
    });
  }

  private start(at: number): void {
    const { workflowId, runId } = this.run;
    const [kind = "", subjectId = ""] = workflowId.split("/");
    const { orderId } = this;
    const input = kind === "refund" ? { refundId: subjectId, orderId } : { orderId };
    this.add("WORKFLOW_EXECUTION_STARTED", at, {
      ...{ workflowType: { name: TYPES[kind] }, taskQueue: { name: TASK_QUEUE }, input: payloads(input) },
      ...{ workflowTaskTimeout: "10s", originalExecutionRunId: runId, firstExecutionRunId: runId, attempt: 1 },
      ...{ workflowId, header: {} },
    });
  }

  private schedule(command: ActivityCommand, at: number): void {
    const id = this.calls.size + 1;
    const eventId = this.addCommand("ACTIVITY_TASK_SCHEDULED", at, {
      ...{ activityId: String(id), activityType: { name: command.activity }, taskQueue: { name: EFFECTS_QUEUE } },
      ...{ input: payloads(...command.input), startToCloseTimeout: "30s", heartbeatTimeout: "10s", header: {} },
    });
    this.calls.set(command.call, { id, command, eventId });
    this.inputs.push(command.input);
  }

  private addCommand(type: string, at: number, attributes: object): number {
    return this.add(type, at, { ...attributes, workflowTaskCompletedEventId: String(this.completedEventId) });
  }

  private add(type: string, at: number, attributes: object): number {
    const eventId = this.events.length + 1;
    const name = `${type.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}EventAttributes`;
    const eventTime = new Date(at).toISOString();
    this.events.push({ eventId: String(eventId), eventTime, eventType: `EVENT_TYPE_${type}`, [name]: attributes });
    return eventId;
  }
}

const TYPES: Record<string, string> = {
  order: WORKFLOW_TYPE.order,
  takeover: WORKFLOW_TYPE.takeover,
  refund: WORKFLOW_TYPE.refund,
};

function payloads(...values: unknown[]): { payloads: object[] } {
  return { payloads: values.map((value) => payload(value)) };
}

function payload(value: unknown, type?: string): object {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  if (value === null) return { metadata: { encoding: base64("binary/null") } };
  const metadata = { encoding: base64("json/plain"), ...(type !== undefined && { type: base64(type) }) };
  return { metadata, data: base64(JSON.stringify(value)) };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a run is notified of something that it never asked for");
  return value;
}
