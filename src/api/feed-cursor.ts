import type { FeedPlace } from "../services/read-feed.js";

const PLACE = /^([1-9][0-9]{0,4}):([1-9][0-9]{0,19}):(ord_[a-z2-7]{32})?:(0|[1-9][0-9]{0,8})$/;
const ERAS = 32_767;
const TRANSACTIONS = 2n ** 64n;

/** A place as callers keep it: opaque. */
export function toFeedCursor({ era, tx, orderId, event }: FeedPlace): string {
  return Buffer.from([era, tx, orderId, event].join(":")).toString("base64url");
}

/** The place a cursor stands for; null for anything that never was one of ours. */
export function fromFeedCursor(cursor: string): FeedPlace | null {
  const [, era, tx = "", orderId = "", event] = PLACE.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  const place = { era: Number(era), tx, orderId, event: Number(event) };
  const isOurs = place.era <= ERAS && BigInt(tx) < TRANSACTIONS && toFeedCursor(place) === cursor;
  return isOurs ? place : null;
}
