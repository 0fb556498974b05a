import { describe, expect, test } from "vitest";
import {
  alertsOf,
  type Health,
  type ProviderCalls,
  stateOf,
  succession,
  type WorkerVersion,
} from "../../src/domain/health.js";

const NEVER: ProviderCalls = { answeredAt: null, failedAt: null, failingSince: null, failure: null };
const failing = (failingSince: number, failedAt: number, answeredAt: number | null = null): ProviderCalls => ({
  ...{ answeredAt, failedAt, failingSince },
  failure: "unknown",
});

describe("a provider", () => {
  test.each([
    ["is unknown before any call", [NEVER], "unknown", null],
    ["is down since the first call that failed", [failing(10, 30)], "down", 10],
    ["is down since any process saw it fail first", [failing(20, 40), failing(10, 30)], "down", 10],
    ["is up once any process was answered", [failing(10, 30), { ...NEVER, answeredAt: 31 }], "up", null],
    ["is down since it last answered any process", [failing(10, 50), { ...NEVER, answeredAt: 31 }], "down", 31],
  ])("%s", (_fact, calls, state, since) => {
    expect(stateOf(calls)).toMatchObject({ state, failingSince: since });
  });
});

describe("runs begin on a build", () => {
  const version = (buildId: string, state: WorkerVersion["state"], since: number) => ({ buildId, state, since });
  const both = new Set(["old", "new"]);

  test.each([
    [
      "that is newer than the current one",
      "new",
      [version("old", "current", 1), version("new", "inactive", 2)],
      both,
      "newer",
    ],
    ["not one that was superseded", "old", [version("old", "draining", 1), version("new", "current", 2)], both, null],
    [
      "that is left alone",
      "old",
      [version("old", "draining", 1), version("new", "current", 2)],
      new Set(["old"]),
      "left alone",
    ],
    ["that is the first", "new", [version("new", "inactive", 2)], both, "newer"],
    ["that is current, without more", "new", [version("new", "current", 2)], both, null],
    ["not before Temporal met a worker of it", "new", [version("old", "current", 1)], both, null],
  ])("%s", (_fact, buildId, versions, live, expected) => {
    expect(succession(buildId, versions, live)).toBe(expected);
  });

  test("that has no live worker is an alert", () => {
    const providers = Object.fromEntries(["payment", "warehouse", "email"].map((name) => [name, stateOf([])]));
    const health: Health = {
      ...{ attentions: [], operations: [], emails: [], orders: [], outbox: { rows: 0, oldestSeconds: 0 } },
      webhooks: { pending: 0, oldestSeconds: 0, disabled: 0, newestAt: 0 },
      providers: providers as Health["providers"],
      workers: [
        { id: "1", queues: ["orders", "effects"], buildId: "old", version: "0", lastSeenAt: 0, lives: true },
        { id: "2", queues: ["orders", "effects"], buildId: "new", version: "0", lastSeenAt: 0, lives: false },
      ],
      temporal: { backlog: [], stranded: [], versions: [version("old", "draining", 1), version("new", "current", 2)] },
    };
    expect(alertsOf(health, 0).map(({ name }) => name)).toEqual(["current/new"]);
  });
});
