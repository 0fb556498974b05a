/** An answer as it goes over the wire; the body is kept as text so that a stored one can be repeated byte for byte. */
export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
  /** False: refused before anything ran, so the idempotency key stays free. */
  executed: boolean;
}

/** What a caller gets: an answer, a cut connection, or nothing until it leaves. */
export type Reply = Answer | "drop" | "silence";

export function answer(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return { status, body: JSON.stringify(body), headers, executed: true };
}

export function notExecuted(refusal: Answer): Answer {
  return { ...refusal, executed: false };
}
