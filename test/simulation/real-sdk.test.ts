import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { expect, test } from "vitest";
import { withTimeout } from "../../src/temporal/with-timeout.js";
import type { RecordedRun } from "./history.js";

const SEEDS = 200;
const CODE = readFileSync(new URL("../../dist/workflow-bundle.js", import.meta.url), "utf8");
const REPLAY_MS = 10_000;
const MOST_BYTES = 256 * 1024 * 1024;

Runtime.install({ logger: new DefaultLogger("ERROR") });

/** The histories of the simulated runs of a seed each, as lines of JSON. */
async function record(): Promise<RecordedRun[]> {
  const main = ["dist/test/simulation/main.js", "--record", String(SEEDS)];
  const { stdout } = await promisify(execFile)(process.execPath, main, { maxBuffer: MOST_BYTES });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedRun);
}

/** Has the real SDK carry a run out by its history: it fails unless it asks for the same. Returns the inputs it gave. */
async function replay({ history }: RecordedRun): Promise<unknown[]> {
  const inputs: unknown[] = [];
  const codec = {
    async encode<P extends { data?: Uint8Array | null }>(payloads: P[]): Promise<P[]> {
      for (const { data } of payloads) {
        const value: unknown = data?.length ? JSON.parse(Buffer.from(data).toString("utf8")) : null;
        if (typeof value === "object" && value !== null && "orderId" in value) inputs.push(value);
      }
      return payloads;
    },
    decode: <P>(payloads: P[]) => Promise.resolve(payloads),
  };
  const options = { workflowBundle: { code: CODE }, dataConverter: { payloadCodecs: [codec] } };
  // A history that the SDK cannot follow may keep it waiting.
  await withTimeout(REPLAY_MS, Worker.runReplayHistory(options, historyFromJSON(history)));
  return inputs;
}

test(`the real SDK carries the runs of ${SEEDS} simulated orders out, activity by activity`, async () => {
  const runs = await record();
  expect(runs.length).toBeGreaterThanOrEqual(SEEDS);
  for (const run of runs)
    expect({ [run.workflowId]: await replay(run) }).toEqual({ [run.workflowId]: run.inputs.flat() });
});
