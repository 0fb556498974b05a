import type { FeedPlace } from "../services/read-feed.js";
import { partsOfCursor, sealCursor } from "./schemas/cursor.js";

const PLACE = /^([1-9][0-9]{0,4}):([1-9][0-9]{0,19}):(ord_[a-z2-7]{32})?:(0|[1-9][0-9]{0,8})$/;
const ERAS = 32_767;
const TRANSACTIONS = 2n ** 64n;

/** A place as callers keep it: opaque. */
export function toFeedCursor({ era, tx, orderId, event }: FeedPlace): string {
  return sealCursor([era, tx, orderId, event].join(":"));
}

/** The place a cursor stands for; null for anything that never was one of ours. */
export function fromFeedCursor(cursor: string): FeedPlace | null {
  const [era, tx = "", orderId = "", event] = partsOfCursor(cursor, PLACE) ?? [];
  const isOurs = Number(era) <= ERAS && BigInt(tx) < TRANSACTIONS;
  return isOurs ? { era: Number(era), tx, orderId, event: Number(event) } : null;
}
