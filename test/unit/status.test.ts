import { describe, expect, test } from "vitest";
import {
  canMove,
  isCancellable,
  isFinal,
  SHOWN_STATUSES,
  shownStatus,
  type Status,
  STATUSES,
} from "../../src/domain/status.js";

/** The contract's table, section 2. `needs_attention` lies over a status and is tested as what is shown. */
const TABLE: Record<Status, Status[]> = {
  accepted: ["awaiting_payment", "awaiting_approval", "confirmed", "rejected", "cancelling"],
  awaiting_payment: ["awaiting_approval", "confirmed", "rejected", "cancelling"],
  awaiting_approval: ["confirmed", "rejected", "cancelling"],
  confirmed: ["partially_shipped", "shipped", "cancelling"],
  partially_shipped: ["shipped"],
  shipped: ["completed"],
  cancelling: ["cancelled", "partially_shipped", "shipped"],
  completed: [],
  cancelled: [],
  rejected: [],
};

const ALL = Object.keys(TABLE) as Status[];
const PAIRS = ALL.flatMap((from) => ALL.map((to): [Status, Status] => [from, to]));

describe("the status table", () => {
  test("has the contract's statuses", () => {
    expect([...STATUSES].toSorted()).toEqual([...ALL].toSorted());
    expect([...SHOWN_STATUSES].toSorted()).toEqual([...ALL, "needs_attention"].toSorted());
  });

  test("allows the contract's moves and no other (M7)", () => {
    const allowed = PAIRS.filter(([from, to]) => canMove(from, to));
    expect(allowed).toEqual(PAIRS.filter(([from, to]) => TABLE[from].includes(to)));
  });

  test("never stands still and never goes back", () => {
    const reachable = (from: Status, seen: Status[] = []): Status[] =>
      TABLE[from].filter((to) => !seen.includes(to)).flatMap((to) => [to, ...reachable(to, [...seen, to])]);
    expect(ALL.filter((status) => reachable(status).includes(status))).toEqual([]);
    expect(ALL.filter((status) => canMove(status, status))).toEqual([]);
  });

  test("leads from everywhere to an end", () => {
    const ends = (from: Status): boolean => isFinal(from) || TABLE[from].some(ends);
    expect(ALL.filter((status) => !ends(status))).toEqual([]);
  });
});

describe("an order", () => {
  test("is at its end when completed, cancelled or rejected", () => {
    expect(ALL.filter(isFinal)).toEqual(["completed", "cancelled", "rejected"]);
  });

  test("may be cancelled until something has shipped", () => {
    expect(ALL.filter(isCancellable)).toEqual(["accepted", "awaiting_payment", "awaiting_approval", "confirmed"]);
  });

  test.each(ALL)("that is %s shows it, and needs_attention over it only while it is open", (status) => {
    expect(shownStatus(status, false)).toBe(status);
    expect(shownStatus(status, true)).toBe(TABLE[status].length > 0 ? "needs_attention" : status);
  });
});
