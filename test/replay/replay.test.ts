import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { DeterminismViolationError } from "@temporalio/workflow";
import { describe, expect, test } from "vitest";

/**
 * What ran under any released version must go on under this one. Where a change is meant, the workflow keeps the old
 * behaviour by `patched`, the old histories stay, and new ones are recorded beside them (test/histories/record.ts).
 */

const RECORDED = fileURLToPath(new URL("../histories/recorded/", import.meta.url));
const CODE = readFileSync(new URL("../../dist/workflow-bundle.js", import.meta.url), "utf8");
const FILES = readdirSync(RECORDED, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

Runtime.install({ logger: new DefaultLogger("ERROR") });

const replay = (code: string, file: string) =>
  Worker.runReplayHistory(
    { workflowBundle: { code } },
    historyFromJSON(JSON.parse(readFileSync(RECORDED + file, "utf8"))),
  );

/** The bundle with one activity executed in the place of another. */
function withAnother(activity: string, instead: string): string {
  const changed = CODE.replaceAll("[name](", `[name === "${activity}" ? "${instead}" : name](`);
  expect(changed).not.toBe(CODE);
  return changed;
}

describe("the workflows", () => {
  test.each(FILES)("go on from %s", async (file) => {
    await expect(replay(CODE, file)).resolves.toBeUndefined();
  });

  test.each([
    ["0.2.0/completed.json", "authorizePayment", "voidPayment"],
    ["0.2.0/completed.json", "capturePayment", "voidPayment"],
    ["0.2.0/cancelled-while-confirmed.json", "cancelShipment", "requestShipment"],
    ["0.2.0/authorization-unknown-at-first.json", "authorizePayment", "voidPayment"],
    ["0.2.0/refund.json", "refundPayment", "voidPayment"],
  ])("are distinguished by %s when %s becomes %s", async (file, activity, instead) => {
    await expect(replay(withAnother(activity, instead), file)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

describe("a recorded history", () => {
  test.each(FILES)("%s holds nothing of the machine it was recorded on", (file) => {
    const text = readFileSync(RECORDED + file, "utf8");
    const payloads = [...text.matchAll(/"data": "([^"]+)"/g)].map(([, data = ""]) =>
      Buffer.from(data, "base64").toString(),
    );
    expect(text + payloads.join("\n")).not.toMatch(
      /\d+@[\w.-]+|\bat .*\.js:\d+|\/(?:home|root|tmp|work|Users)\/|127\.0\.0\.1|localhost/,
    );
  });
});
