import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import type { ProcessUnderTest } from "../rig/process-under-test.js";
import { replayAll } from "../rig/replay.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";
import { buildOf, lastRelease } from "./released-build.js";

const release = lastRelease();
const OURS = ".";
let released = "";
beforeAll(() => {
  released = buildOf(release);
});

const ORDERS_PER_PHASE = 75;

/** Both builds on one order database and one Temporal namespace, and the orders that were placed meanwhile. */
class Roll {
  readonly placed: PlacedOrder[] = [];
  private running: ProcessUnderTest[] = [];
  readonly idem: TestApp;

  /** @param idem whose own processes are of the release. */
  constructor(idem: TestApp) {
    this.idem = idem;
    this.running = [idem.api, idem.worker];
  }

  /** Starts the processes of another build beside those that run, and stops these under load. */
  async to(checkout: string, env: Record<string, string> = {}): Promise<void> {
    const { base, process: api } = await this.idem.anotherApi({}, checkout);
    const worker = await this.idem.anotherWorker(env, checkout);
    await this.idem.outside.config({ webhookBase: base });
    const before = this.running;
    this.running = [api, worker];
    await this.place(ORDERS_PER_PHASE, base, async () => {
      for (const process of before) await process.stop();
    });
  }

  /** Places orders, a few at once, and does something else when half of them are placed. */
  async place(count: number, base: string, halfway: () => Promise<void> = async () => {}): Promise<void> {
    const caller = new Caller(base, this.idem.acme.apiKey, true);
    const placeSome = async (some: number): Promise<void> => {
      for (let left = some; left > 0; left -= 5) {
        this.placed.push(
          ...(await Promise.all(
            Array.from({ length: Math.min(5, left) }, () => this.idem.place(undefined, undefined, caller)),
          )),
        );
      }
    };
    await placeSome(Math.floor(count / 2));
    await Promise.all([halfway(), placeSome(Math.ceil(count / 2))]);
  }

  /** Every order ends completed, judged by the API of the build that runs last. */
  async allComplete(base: string): Promise<void> {
    const caller = new Caller(base, this.idem.acme.apiKey, true);
    for (const order of this.placed) {
      await waitFor(
        `order ${order.id}`,
        async () => {
          const { json } = await caller.get(order.path);
          if (json.status === "needs_attention") throw new Error(`${order.id}: ${JSON.stringify(json.attention)}`);
          return json.status === "completed";
        },
        120_000,
      );
    }
  }

  get base(): string {
    const [api] = this.running;
    return `http://127.0.0.1:${/"port":(\d+),"msg":"api ready"/.exec(api?.output ?? "")?.[1]}`;
  }
}

async function started(place: number, env: Record<string, string> = {}): Promise<Roll> {
  const idem = await TestApp.start(place, env, released);
  // Orders stay in flight over a whole phase.
  await idem.outside.config({ shipDelayMs: 6_000, deliverDelayMs: 3_000 });
  return new Roll(idem);
}

describe(`from ${release.version} to this build, back, and forward again`, () => {
  let roll: Roll;
  beforeAll(async () => {
    roll = await started(0);
  });
  afterAll(() => roll.idem.stop());

  test("300 orders in flight all end completed, once, and every run replays", async () => {
    await roll.place(ORDERS_PER_PHASE, roll.idem.base);
    await roll.to(OURS);
    await roll.to(released);
    await roll.to(OURS);
    expect(roll.placed.length).toBe(300);
    await roll.allComplete(roll.base);
    await auditIsClean(roll.idem);
    const { runs, broken } = await replayAll(roll.idem.client);
    expect([runs >= 300, broken]).toEqual([true, []]);
  });
});

describe(`from pinned workers of ${release.version} to pinned workers of this build`, () => {
  const [OLD, NEW] = ["the-release", "this-build"];
  let roll: Roll;
  beforeAll(async () => {
    roll = await started(1, { WORKER_BUILD_ID: OLD });
  });
  afterAll(() => roll.idem.stop());

  const stranded = async (base: string): Promise<number> => {
    const { json } = await new Caller(base, roll.idem.operator.apiKey).get("/v1/health");
    return json.stranded.find(({ buildId }: { buildId: string }) => buildId === OLD)?.runs ?? 0;
  };

  test("orders stay with the build they began on, which is missed when it goes too early", async () => {
    const { idem } = roll;
    await waitFor("the release to be current", () => setCurrent(idem, OLD));
    const everyOrder = { sku: "MUG-1" };
    await idem.outside.hold(everyOrder);
    await roll.place(ORDERS_PER_PHASE, idem.base);
    const { base } = await idem.anotherApi({}, OURS);
    const worker = await idem.anotherWorker({ WORKER_BUILD_ID: NEW, WORKER_MAKE_CURRENT: "true" }, OURS);
    await waitFor("this build to be current", () => worker.output.includes("runs begin on this build"));
    await roll.place(ORDERS_PER_PHASE, base);
    await idem.worker.stop();
    await waitFor("the runs to be missed", async () => (await stranded(base)) > 0);
    await idem.outside.release(everyOrder);
    await idem.worker.start();
    await roll.allComplete(base);
    await waitFor("nothing to be missed", async () => (await stranded(base)) === 0);
    await auditIsClean(idem);
    expect((await replayAll(idem.client)).broken).toEqual([]);
  });
});

async function setCurrent({ client }: TestApp, buildId: string): Promise<boolean> {
  const { namespace } = client.options;
  const request = { namespace, deploymentName: "idem", buildId, ignoreMissingTaskQueues: true };
  return client.connection.workflowService.setWorkerDeploymentCurrentVersion(request).then(
    () => true,
    () => false,
  );
}
