import type { Database } from "../database/database.js";
import { claimRequest, findAnswered, storeAnswer } from "../database/queries/answered-requests.js";
import { type KeyedRequest, keyReusedError } from "./keyed-request.js";

type Session = Database["session"];

/** The JSON that was answered the first time. */
export interface StoredAnswer {
  answer: string;
  replayed: boolean;
}

/**
 * Acts on a keyed request once, and stores the answer with what it did: a repeat gets the same bytes, whatever has become of
 * it. What `act` throws refuses, and leaves no trace.
 */
export async function answerOnce<T>(
  { session, transaction }: Database,
  request: KeyedRequest<T>,
  act: (session: Session, body: T) => Promise<object>,
): Promise<StoredAnswer> {
  const known = await replay(session, request);
  if (known) return known;
  const body = request.validate();
  const answered = await transaction(async (claimed) => {
    if (!(await claimRequest(claimed, request.id, request.fingerprint))) return null;
    const answer = JSON.stringify(await act(claimed, body));
    await storeAnswer(claimed, request.id, answer);
    return { answer, replayed: false };
  });
  const found = answered ?? (await replay(session, request));
  if (!found) throw new Error("a request was neither answered nor is its answer there");
  return found;
}

async function replay(session: Session, request: KeyedRequest<unknown>): Promise<StoredAnswer | null> {
  const known = await findAnswered(session, request.id);
  if (!known) return null;
  if (!request.matches(known.fingerprint)) throw keyReusedError();
  return { answer: known.answer, replayed: true };
}
