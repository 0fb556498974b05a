import { Writable } from "node:stream";
import { ApplicationFailure } from "@temporalio/common";
import { expect, test } from "vitest";
import { FailureType } from "../../src/domain/failure.js";
import { createLogger } from "../../src/main/logging.js";
import { VERSION } from "../../src/main/version.js";

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  const lines: string[] = [];
  const sink = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
  write(createLogger("api", "info", sink));
  return JSON.parse(lines.join("")) as Record<string, unknown>;
}

test("a line is JSON with level, time, process, version and message", () => {
  const line = logged((logger) => logger.info({ orderId: "ord_1" }, "placed"));
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/Z$/),
    process: "api",
    version: VERSION,
    orderId: "ord_1",
    msg: "placed",
  });
});

test("a failure that is waited out is told without a stack", () => {
  const [limited, defect] = [ApplicationFailure.create({ type: FailureType.Limited, message: "429" }), new Error("x")];
  expect(logged((logger) => logger.warn({ err: limited }, "Activity failed"))["err"]).toEqual({
    name: "Limited",
    message: "429",
  });
  expect(logged((logger) => logger.warn({ err: defect }, "Activity failed"))["err"]).toHaveProperty("stack");
});

test("credentials, keys and people are not written, however deep", () => {
  const line = logged((logger) =>
    logger.info(
      { key: "k1", request: { headers: { authorization: "Bearer k2" }, customer: { email: "ada@example.com" } } },
      "x",
    ),
  );
  expect(JSON.stringify(line)).not.toMatch(/k1|k2|ada@/);
});

test("an error keeps its code and cause, and loses the values its driver hung on it", () => {
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (email)=(ada@example.com) exists",
  });
  const line = logged((logger) => logger.error({ err: new Error("not stored", { cause }) }, "failed"));
  expect(line).toMatchObject({ err: { message: "not stored", cause: { message: "duplicate key", code: "23505" } } });
  expect(JSON.stringify(line)).not.toContain("ada@");
});
