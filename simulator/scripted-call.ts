import { setTimeout as pause } from "node:timers/promises";
import type { About, Fault, FaultOp } from "./fault-script.js";
import type { KeyStore } from "./key-store.js";
import type { EventOutbox, EventRecord } from "./webhooks/event-outbox.js";
import type { HttpResponse, Reply } from "./http-response.js";
import type { CallRecord, SimulatorState } from "./state.js";

/** One call to a provider: what it is about, and what it does unless a fault prevents it. */
export interface ScriptedCall {
  provider: "stripe" | "warehouse";
  op: FaultOp;
  about: About;
  method: string;
  path: string;
  key: string | null;
  params: unknown;
  /** Must be equal for a repeat under the same key. */
  fingerprint: string;
  act: (fault: Fault | null, events: EventRecord[]) => HttpResponse;
}

export interface Provider {
  state: SimulatorState;
  outbox: EventOutbox;
  keys: KeyStore;
  refusals: {
    failed(): HttpResponse;
    refused(): HttpResponse;
    denied(status: 401 | 403): HttpResponse;
    limited(seconds: number): HttpResponse;
  };
  /** Headers of one response that are not stored with it. */
  headers(call: ScriptedCall): Record<string, string>;
}

const DEFAULT_DELAY_MS = 1_000;

export async function perform(provider: Provider, call: ScriptedCall): Promise<Reply> {
  const { state, keys } = provider;
  const entry = recordCall(state, call);
  const fault = state.takeFault(call.op, call.about);
  entry.fault = fault?.action ?? null;
  const early = beforeExecution(provider, fault);
  if (early) return finish(entry, early, provider.headers(call));

  const executed = () => execute(provider, call, fault);
  const given = call.method === "POST" ? await keys.run(call.key, call.fingerprint, executed) : await executed();
  entry.replayed = "Idempotent-Replayed" in given.headers;
  if (fault?.forget || fault?.action === "forget") keys.drop(call.key);
  state.changed();
  if (fault?.action === "delay-after") await pause(fault.delayMs ?? DEFAULT_DELAY_MS);
  return finish(entry, afterExecution(fault, given), provider.headers(call));
}

function recordCall(
  state: SimulatorState,
  { provider, op, about, method, path, key, params }: ScriptedCall,
): CallRecord {
  return state.recordCall({
    provider,
    op,
    method,
    path,
    key,
    params,
    order: about.order ?? null,
    amount: about.amount ?? null,
  });
}

function beforeExecution({ refusals }: Provider, fault: Fault | null): Reply | null {
  switch (fault?.action) {
    case "drop-before":
      return "drop";
    case "silent":
      return "silence";
    case "fail-before":
      return refusals.failed();
    case "refuse":
      return refusals.refused();
    case "unauthorized":
      return refusals.denied(401);
    case "forbid":
      return refusals.denied(403);
    case "limit":
      return refusals.limited(fault.retryAfter ?? 1);
    default:
      return null;
  }
}

async function execute({ outbox, refusals }: Provider, call: ScriptedCall, fault: Fault | null): Promise<HttpResponse> {
  if (fault?.action === "delay") await pause(fault.delayMs ?? DEFAULT_DELAY_MS);
  const events: EventRecord[] = [];
  const given = call.act(fault, events);
  if (fault?.action === "webhook-first") {
    for (const event of events) await outbox.sendNow(event);
    await pause(fault.delayMs ?? 0);
  } else {
    for (const event of events) outbox.send(event);
  }
  return fault?.action === "fail-after" ? refusals.failed() : given;
}

function afterExecution(fault: Fault | null, given: HttpResponse): Reply {
  if (fault?.action === "drop-after") return "drop";
  return fault?.action === "silent-after" ? "silence" : given;
}

function finish(entry: CallRecord, reply: Reply, headers: Record<string, string>): Reply {
  if (typeof reply === "string") {
    entry.status = reply === "drop" ? "dropped" : "silent";
    return reply;
  }
  entry.status = reply.status;
  return { ...reply, headers: { ...headers, ...reply.headers } };
}
