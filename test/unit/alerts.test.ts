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

const states = (payment: readonly ProviderCalls[] = []): Health["providers"] => ({
  payment: stateOf(payment),
  warehouse: stateOf([]),
  email: stateOf([]),
});
const worker = (buildId: string | null, lives: boolean): Health["workers"][number] => ({
  ...{ id: "1", queues: ["orders", "effects"], buildId, version: "0", lastSeenAt: 0, lives },
});
const QUIET: Health = {
  ...{ attentions: [], operations: [], emails: [], orders: [], outbox: { rows: 0, oldestSeconds: 0 } },
  webhooks: { pending: 0, oldestSeconds: 0, disabled: 0, newestAt: 0 },
  providers: states(),
  workers: [worker(null, true)],
  temporal: null,
};
const alertNames = (health: Partial<Health>, now = 0) => alertsOf({ ...QUIET, ...health }, now).map(({ name }) => name);

describe("a provider's operations without an outcome", () => {
  const operations = (oldestSeconds: number): Health["operations"] => [
    { provider: "payment", count: 2, oldestSeconds },
  ];

  test.each([
    [
      "are an alert after a minute, though it answers other calls",
      60,
      [failing(50_000, 90_000, 95_000)],
      ["operations/payment"],
    ],
    ["are none before", 59, [failing(50_000, 90_000, 95_000)], []],
    ["are named by the alert of a provider that is down", 60, [failing(50_000, 90_000)], ["provider/payment"]],
  ])("%s", (_fact, oldestSeconds, calls, expected) => {
    expect(alertNames({ operations: operations(oldestSeconds), providers: states(calls) }, 100_000)).toEqual(expected);
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
    const versions = [version("old", "draining", 1), version("new", "current", 2)];
    const workers = [worker("old", true), worker("new", false)];
    expect(alertNames({ workers, temporal: { backlog: [], stranded: [], versions } })).toEqual(["current/new"]);
  });
});
