import { type HttpResponse, jsonResponse } from "./http-response.js";

interface KeyRecord {
  request: string;
  answer: HttpResponse | null;
}

/** Enough for the last half hour under load; Stripe keeps keys for a day. */
const KEY_LIMIT = 100_000;

/** Stripe's idempotency: once execution has begun, a key is stored with its request and its response, errors included. */
export class KeyStore {
  private records = new Map<string, KeyRecord>();

  async run(key: string | null, request: string, act: () => Promise<HttpResponse>): Promise<HttpResponse> {
    if (!key) return act();
    const known = this.records.get(key);
    if (known) return repeat(known, request);
    const record: KeyRecord = { request, answer: null };
    this.records.set(key, record);
    this.forgetOldest();
    try {
      const response = await act();
      if (response.executed) record.answer = response;
      else this.drop(key, record);
      return response;
    } catch (error) {
      this.drop(key, record);
      throw error;
    }
  }

  drop(key: string | null, only?: KeyRecord): void {
    if (key && (!only || this.records.get(key) === only)) this.records.delete(key);
  }

  forget(): void {
    this.records = new Map();
  }

  /** Keys with a response, oldest first, for the snapshot. */
  *answered(newest: number): Generator<[string, KeyRecord]> {
    let skip = this.records.size - newest;
    for (const entry of this.records) if (--skip < 0 && entry[1].answer) yield entry;
  }

  restore(entries: readonly [string, KeyRecord][]): void {
    this.records = new Map(entries);
  }

  private forgetOldest(): void {
    if (this.records.size <= KEY_LIMIT) return;
    const oldest = this.records.keys().next();
    if (!oldest.done) this.records.delete(oldest.value);
  }
}

export type KeyEntry = [string, KeyRecord];

function repeat(known: KeyRecord, request: string): HttpResponse {
  if (known.request !== request) return REUSED;
  if (!known.answer) return IN_USE;
  return { ...known.answer, headers: { ...known.answer.headers, "Idempotent-Replayed": "true" } };
}

const REUSED = jsonResponse(
  400,
  {
    error: {
      type: "idempotency_error",
      message:
        "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
        "Try using a key other than the one you sent if you meant to execute a different request.",
    },
  },
  { "Stripe-Should-Retry": "false" },
);

const IN_USE = jsonResponse(
  409,
  {
    error: {
      type: "idempotency_error",
      code: "idempotency_key_in_use",
      message:
        "There is currently another in-progress request using this Idempotent Key (that probably means you " +
        "submitted twice, and the other request is still going through). Please try again later.",
    },
  },
  { "Stripe-Should-Retry": "true" },
);
