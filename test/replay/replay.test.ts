import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { DeterminismViolationError } from "@temporalio/workflow";
import { describe, expect, test } from "vitest";

/**
 * What ran under any version must go on under this one. Where a change is meant, the old histories stay and the
 * workflow keeps the old way, by `patched` or by the way that its input names; the new one is recorded beside them
 * (test/histories/record.ts).
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

/** The bundle with one name of an activity in the place of another. */
function withAnother(effect: string, instead: string): string {
  const changed = CODE.replaceAll(`("${effect}",`, `("${instead}",`);
  expect(changed).not.toBe(CODE);
  return changed;
}

describe("the workflows", () => {
  test.each(FILES)("go on from %s", async (file) => {
    await expect(replay(CODE, file)).resolves.toBeUndefined();
  });

  test.each([
    ["way-1/completed.json", "authorize", "voidPayment"],
    ["way-1/cancelled-while-confirmed.json", "recallShipment", "requestShipment"],
    ["way-1/authorization-unknown-at-first.json", "authorize", "trackPayment"],
    ["way-1/refund.json", "refund", "refundFacts"],
    ["way-2/completed.json", "advance", "reserve"],
    ["way-2/completed.json", "capture", "voidPayment"],
    ["way-2/authorization-unknown-at-first.json", "authorize", "trackPayment"],
    ["way-2/of-which-nobody-tells.json", "trackShipment", "trackPayment"],
    ["way-3/completed.json", "advance", "reserve"],
    ["way-3/completed.json", "applyNotice", "reserve"],
    ["way-3/authorization-unknown-at-first.json", "authorize", "trackPayment"],
  ])("are told apart by %s when %s becomes %s", async (file, effect, instead) => {
    await expect(replay(withAnother(effect, instead), file)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

describe("a recorded history", () => {
  test.each(FILES)("%s tells nothing of the machine it was recorded on", (file) => {
    const text = readFileSync(RECORDED + file, "utf8");
    const payloads = [...text.matchAll(/"data": "([^"]+)"/g)].map(([, data = ""]) =>
      Buffer.from(data, "base64").toString(),
    );
    expect(text + payloads.join("\n")).not.toMatch(
      /\d+@[\w.-]+|\bat .*\.js:\d+|\/(?:home|root|tmp|work|Users)\/|127\.0\.0\.1|localhost/,
    );
  });
});
