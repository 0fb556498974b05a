/** A response. The body is text, so that a stored one is repeated byte for byte. */
export interface HttpResponse {
  status: number;
  body: string;
  headers: Record<string, string>;
  /** False when the request was rejected before anything ran, so that the idempotency key stays unused. */
  executed: boolean;
}

/** What a caller gets: a response, a reset connection, or nothing until it disconnects. */
export type Reply = HttpResponse | "drop" | "silence";

export function jsonResponse(status: number, body: object, headers: Record<string, string> = {}): HttpResponse {
  return { status, body: JSON.stringify(body), headers, executed: true };
}

export function notExecuted(refusal: HttpResponse): HttpResponse {
  return { ...refusal, executed: false };
}
