import type { Fingerprint } from "../../idempotency/fingerprint.js";
import type { Session } from "../pool.js";

/** A keyed request that was answered. */
export interface AnsweredRequest {
  fingerprint: Fingerprint;
  answer: string;
}

export async function findAnswered(session: Session, id: string): Promise<AnsweredRequest | null> {
  const [row] = await session.query<{ fingerprint: Buffer; fingerprint_version: number; answer: string }>(
    "select fingerprint, fingerprint_version, answer from answered_requests where id = $1",
    [id],
  );
  return row
    ? { fingerprint: { version: row.fingerprint_version, digest: row.fingerprint }, answer: row.answer }
    : null;
}

/** Claims the request's id, for this transaction; false when it was claimed before. Waits for a claim that is under way. */
export async function claimRequest(session: Session, id: string, { version, digest }: Fingerprint): Promise<boolean> {
  const claimed = await session.query(
    `insert into answered_requests (id, fingerprint, fingerprint_version, answer) values ($1, $2, $3, '')
     on conflict (id) do nothing returning id`,
    [id, digest, version],
  );
  return claimed.length > 0;
}

export async function storeAnswer(session: Session, id: string, answer: string): Promise<void> {
  await session.query("update answered_requests set answer = $2 where id = $1", [id, answer]);
}
