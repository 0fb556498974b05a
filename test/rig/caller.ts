import { randomUUID } from "node:crypto";
import { checkAnswer } from "./check-answer.js";
import { waitFor } from "./wait-for.js";

/** An answer, read whole and held against its schema. `json` is loose on purpose: tests assert what it says. */
export interface Answer {
  status: number;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
  header(name: string): string | null;
  replayed: boolean;
  /** The slug of the problem; null for none. */
  problem: string | null;
}

/** Repeats a request under the same key while the service answers 503, as a client does on a busy machine. */
export function retryWhileUnavailable(
  ask: (key: string) => Promise<Answer>,
  key: string = randomUUID(),
): Promise<Answer> {
  return waitFor("an answer", async () => {
    const answer = await ask(key);
    return answer.status === 503 ? null : answer;
  });
}

interface Options {
  key?: string | null;
  headers?: Record<string, string>;
}

/** A client with an API key, or (null) without. */
export class Caller {
  private readonly base: string;
  readonly apiKey: string | null;
  private readonly maySpeakToRelease: boolean;

  /** @param maySpeakToRelease whether an earlier release may answer, whose problems have fewer members. */
  constructor(base: string, apiKey: string | null, maySpeakToRelease = false) {
    this.base = base;
    this.apiKey = apiKey;
    this.maySpeakToRelease = maySpeakToRelease;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("GET", path, null, headers);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.ask("PUT", path, JSON.stringify(body), { "Content-Type": "application/json" });
  }

  /** A POST under a new key, a given one, or (null) none. */
  post(path: string, body: unknown, { key = randomUUID(), headers = {} }: Options = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.ask("POST", path, text, {
      "Content-Type": "application/json",
      ...(key !== null && { "Idempotency-Key": key }),
      ...headers,
    });
  }

  async ask(method: string, path: string, body: string | null, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: { ...(this.apiKey !== null && { Authorization: `Bearer ${this.apiKey}` }), ...headers },
      ...(body !== null && { body }),
    });
    const text = await response.text();
    const json = /\bjson/.test(response.headers.get("Content-Type") ?? "") ? JSON.parse(text) : null;
    if (json !== null && (response.ok || !this.maySpeakToRelease))
      checkAnswer(method, response.url, response.status, json);
    return {
      status: response.status,
      text,
      json,
      header: (name) => response.headers.get(name),
      replayed: response.headers.get("Idempotent-Replayed") === "true",
      problem: response.status >= 400 ? String(json?.type).replace(/^.*\//, "") : null,
    };
  }
}
