import { afterAll, beforeAll, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

const BEGIN_HERE = "runs begin on this build";
const [FIRST, SECOND] = ["build-1", "build-2"].map((id) => ({ WORKER_BUILD_ID: id, WORKER_MAKE_CURRENT: "true" }));

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(32, FIRST);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

test("runs begin on the newest build that has workers, also when an older one restarts (contract 9)", async () => {
  await waitFor("the first build to be current", () => idem.worker.output.includes(BEGIN_HERE));
  await idem.completed();
  const second = await idem.anotherWorker(SECOND);
  await waitFor("the second build to be current", () => second.output.includes(BEGIN_HERE));

  const before = idem.worker.output.length;
  await idem.worker.kill();
  await idem.worker.start();
  const since = () => idem.worker.output.slice(before);
  await waitFor("the first to leave it so", () => since().includes(`"by":"${SECOND?.WORKER_BUILD_ID}"`));
  await idem.completed();
  expect(since()).not.toContain(BEGIN_HERE);

  await second.kill();
  await waitFor("the first build to carry on", () => since().includes(BEGIN_HERE));
  await idem.completed();
});
