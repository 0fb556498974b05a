import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Attempt,
  judgeDelivery,
  judgeEndpoint,
  pauseAfter,
  resultOf,
  type WebhookPolicy,
} from "../../src/domain/webhook-attempt.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const policy: WebhookPolicy = { retryMaxMs: HOUR_MS, giveUpAfterMs: 3 * DAY_MS };
const NOW = 10 * DAY_MS;

const answered = (statusCode: number, at = NOW): Attempt => ({
  ...{ at, durationMs: 20, statusCode, error: null, excerpt: null },
});
const unanswered: Attempt = { ...answered(0), statusCode: null, error: "timeout" };

describe("the pause between two attempts", () => {
  test("doubles from 5 s to the longest", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 100].map((failures) => pauseAfter(failures, policy, 0) / 1_000);
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
  });

  test("is shortened by at most a quarter, so that what failed together is not repeated together", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const [whole, pause] = [pauseAfter(failures, policy, 0), pauseAfter(failures, policy, random)];
          expect(pause).toBeLessThanOrEqual(whole);
          expect(pause).toBeGreaterThanOrEqual(whole * 0.75 - 1);
        },
      ),
    );
  });
});

describe("a delivery", () => {
  const first = { attempts: 0, since: null };

  test.each([200, 201, 204, 299])("is delivered by %i", (statusCode) => {
    expect(judgeDelivery(answered(statusCode), first, true, policy, 0)).toEqual({ status: "delivered", pauseMs: 0 });
    expect(resultOf(answered(statusCode))).toBe("accepted");
  });

  test.each([301, 302, 307, 400, 401, 404, 410, 429, 500, 503])("is repeated after %i", (statusCode) => {
    expect(judgeDelivery(answered(statusCode), first, true, policy, 0)).toEqual({ status: "pending", pauseMs: 5_000 });
    expect(resultOf(answered(statusCode))).toBe("refused");
  });

  test("is repeated when no answer came", () => {
    expect(judgeDelivery(unanswered, { attempts: 3, since: NOW }, true, policy, 0)).toEqual({
      status: "pending",
      pauseMs: 40_000,
    });
    expect(resultOf(unanswered)).toBe("timeout");
  });

  test("is given up when it was repeated long enough and its endpoint accepts others", () => {
    const old = { attempts: 80, since: NOW - 3 * DAY_MS };
    expect(judgeDelivery(answered(500), old, true, policy, 0).status).toBe("failed");
    expect(judgeDelivery(answered(500), old, false, policy, 0).status).toBe("pending");
    expect(judgeDelivery(answered(200), old, true, policy, 0).status).toBe("delivered");
  });
});

describe("an endpoint", () => {
  const working = { failures: 0, failingSince: null };

  test("works as long as one of a batch is accepted", () => {
    const verdict = judgeEndpoint([answered(500), answered(200)], { failures: 2, failingSince: NOW - 1 }, policy, 0);
    expect(verdict).toEqual({ ...working, pauseMs: 0, disabled: null, recovered: false });
  });

  test("fails from the first batch on in which none is, and is paused from the second on", () => {
    const once = judgeEndpoint([answered(500), unanswered], working, policy, 0);
    expect(once).toEqual({ failures: 1, failingSince: NOW, pauseMs: 0, disabled: null, recovered: false });
    expect(judgeEndpoint([unanswered], once, policy, 0)).toMatchObject({ failures: 2, pauseMs: 5_000 });
  });

  test("that was down and accepts again has everything at once", () => {
    const down = { failures: 3, failingSince: NOW - HOUR_MS };
    expect(judgeEndpoint([answered(204)], down, policy, 0)).toMatchObject({ ...working, recovered: true });
  });

  test("is disabled by 410, whatever else the batch had", () => {
    expect(judgeEndpoint([answered(200), answered(410)], working, policy, 0)).toMatchObject({ disabled: "gone" });
  });

  test("is disabled once it has accepted nothing for as long as deliveries are repeated, and not before", () => {
    const since = (failingSince: number) => judgeEndpoint([answered(500)], { failures: 70, failingSince }, policy, 0);
    expect(since(NOW - 3 * DAY_MS + 1).disabled).toBeNull();
    expect(since(NOW - 3 * DAY_MS).disabled).toBe("failing");
  });
});
