import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line that any script can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    // A file that does not load and an error outside a test have no test to count, and are failures all the same.
    const unloaded = modules.filter((module) => module.state() === "failed" && module.errors().length > 0);
    const failed = counts.failed + unloaded.length + errors.length;
    process.on("exit", () => process.stdout.write(`${counts.passed} passed, ${failed} failed\n`));
  }
}
