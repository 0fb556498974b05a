import { IdemError, type Problem } from "./idem-error.js";

export interface ServiceOptions {
  /** The service's address, such as `https://orders.example`, or of a proxy before it. */
  baseUrl: string;
  /** A secret. In a browser leave it out and let a proxy of yours add it. */
  apiKey?: string;
  /** How long a call is repeated without an answer of the service, in milliseconds; 2 minutes by default. */
  giveUpAfterMs?: number;
  fetch?: typeof globalThis.fetch;
}

export interface ServiceRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** From `/v1` on. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface ServiceAnswer {
  status: number;
  /** Undefined for an empty answer. */
  json: unknown;
  /** Whether it is the answer to a request that was accepted before. */
  replayed: boolean;
}

/** So long one attempt may take: more than the 30 s that the service waits at most. */
const ATTEMPT_MS = 40_000;
const GIVE_UP_AFTER_MS = 120_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Sends a request until the service answers it. Every attempt sends the same bytes under the same key, so that only the first
 * that arrives has an effect. What is not the service's own answer (a proxy's page, a body that was cut off) is none.
 * Throws IdemError.
 */
export async function sendRequest(
  options: ServiceOptions,
  request: ServiceRequest,
  signal?: AbortSignal,
): Promise<ServiceAnswer> {
  const until = Date.now() + (options.giveUpAfterMs ?? GIVE_UP_AFTER_MS);
  for (let attempt = 0; ; attempt++) {
    const { answer, error, retryAfterMs } = await attemptOnce(options, request, signal);
    if (answer) return answer;
    const pause = Math.max(retryAfterMs, pauseAfter(attempt));
    if (!error.retryable || Date.now() + pause > until) throw error;
    await sleep(pause, signal);
  }
}

type Attempt =
  | { answer: ServiceAnswer; error?: never; retryAfterMs?: never }
  | { answer?: never; error: IdemError; retryAfterMs: number };

async function attemptOnce(options: ServiceOptions, request: ServiceRequest, signal?: AbortSignal): Promise<Attempt> {
  let response: Response | null = null;
  try {
    response = await fetchOnce(options, request, withTimeout(signal));
    const text = await response.text();
    if (response.ok) return { answer: answerOf(response, text) };
    return { error: problemOf(response, text), retryAfterMs: retryAfter(response) };
  } catch (cause) {
    signal?.throwIfAborted();
    return { error: noAnswer(response, cause), retryAfterMs: 0 };
  }
}

export function fetchOnce(
  { baseUrl, apiKey, fetch = globalThis.fetch }: ServiceOptions,
  { method, path, headers, body }: ServiceRequest,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(`${baseUrl.replace(/\/$/, "")}${path}`, {
    method,
    headers: {
      Accept: "application/json",
      ...(apiKey !== undefined && { Authorization: `Bearer ${apiKey}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body }),
    signal,
  });
}

function answerOf(response: Response, text: string): ServiceAnswer {
  const replayed = response.headers.get("Idempotent-Replayed") === "true";
  if (response.status === 204) return { status: 204, json: undefined, replayed };
  if (!isOfType(response, "application/json")) throw new Error("the answer is not JSON");
  return { status: response.status, json: JSON.parse(text), replayed };
}

/** The service's refusal, as far as this is one. */
export function problemOf(response: Response, text: string): IdemError {
  if (!isOfType(response, "application/problem+json")) return noAnswer(response);
  const problem = JSON.parse(text) as Problem;
  const code = problem.code ?? (problem.type.split("/").at(-1) as Problem["code"]);
  return new IdemError(code, `${problem.title}: ${problem.detail}`, { status: response.status, problem });
}

function noAnswer(response: Response | null, cause?: unknown): IdemError {
  const message = response ? `${response.status} is not an answer of the service` : "the service did not answer";
  return new IdemError("no-answer", message, { ...(response && { status: response.status }), cause });
}

function isOfType(response: Response, type: string): boolean {
  return (response.headers.get("Content-Type") ?? "").split(";")[0]?.trim() === type;
}

function retryAfter(response: Response): number {
  return Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0;
}

/** Doubled each time, and spread, so that callers who failed together do not come back together. */
export function pauseAfter(attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  return longest / 2 + (Math.random() * longest) / 2;
}

function withTimeout(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(ATTEMPT_MS);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
