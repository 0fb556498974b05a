import { describe, expect, test } from "vitest";
import { ACTIONS, ATTENTION_CAUSES, RESOLUTIONS } from "../../src/domain/attention.js";

describe("a cause for attention", () => {
  test.each(ATTENTION_CAUSES)("leaves a person something to do: %s", (cause) => {
    expect(ACTIONS[cause].length).toBeGreaterThan(0);
    expect(new Set(ACTIONS[cause]).size).toBe(ACTIONS[cause].length);
    expect(ACTIONS[cause].filter((action) => !RESOLUTIONS.includes(action))).toEqual([]);
  });

  test.each(["payment_mismatch", "event_mismatch", "payment_unknown", "payment_cancelled_outside"] as const)(
    "that is about money nobody can vouch for may not be marked done: %s",
    (cause) => {
      expect(ACTIONS[cause]).not.toContain("mark-done");
      expect(ACTIONS[cause]).not.toContain("retry");
    },
  );

  test("may be retried where the other side refused", () => {
    const retried = ATTENTION_CAUSES.filter((cause) => cause.endsWith("_refused"));
    expect(retried.filter((cause) => !ACTIONS[cause].includes("retry"))).toEqual([]);
  });
});
