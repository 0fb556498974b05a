import { change, type Change, UNCHANGED } from "../change.js";
import type { Account } from "../ledger.js";
import { hasEntry, type Order } from "../order.js";

export type Route = readonly [from: Account, to: Account];

export const AUTHORIZE: Route = ["customer", "authorized"];
export const RELEASE: Route = ["authorized", "customer"];
export const CAPTURE: Route = ["authorized", "captured"];
export const REFUND: Route = ["captured", "customer"];
/** A refund that came back to us. */
export const RETURN: Route = ["customer", "captured"];

/** Posts money under a name; the same name posts once, and no money is no entry. */
export function post(order: Order, name: string, [from, to]: Route, amount: number, now: number): Change {
  if (amount <= 0 || hasEntry(order, name)) return UNCHANGED;
  return change({ entries: [{ name, from, to, amount, postedAt: now }] });
}
