import { describe, expect, test } from "vitest";
import { ACTIONS, ATTENTION_CAUSES, RESOLUTIONS } from "../../src/domain/attention.js";

describe("a cause for attention", () => {
  test.each(ATTENTION_CAUSES)("leaves an operator something to do: %s", (cause) => {
    expect(ACTIONS[cause].length).toBeGreaterThan(0);
    expect(new Set(ACTIONS[cause]).size).toBe(ACTIONS[cause].length);
    expect(ACTIONS[cause].filter((action) => !RESOLUTIONS.includes(action))).toEqual([]);
  });

  test.each(["payment_mismatch", "event_mismatch", "payment_cancelled_outside"] as const)(
    "that contradicts the order may only be skipped: %s",
    (cause) => {
      expect(ACTIONS[cause]).toEqual(["skip"]);
    },
  );

  test.each(["payment_unknown", "outcome_unknown"] as const)(
    "offers to ask now, to mark done and to skip: %s",
    (cause) => {
      expect(ACTIONS[cause]).toEqual(["retry", "mark-done", "skip"]);
    },
  );

  test("may be retried where the other side refused", () => {
    const retried = ATTENTION_CAUSES.filter((cause) => cause.endsWith("_refused"));
    expect(retried.filter((cause) => !ACTIONS[cause].includes("retry"))).toEqual([]);
  });
});
