import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line that any script can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    // A file that does not even load has no tests to count, and is a failure all the same.
    const failed =
      counts.failed + modules.filter((module) => module.state() === "failed" && module.errors().length > 0).length;
    process.on("exit", () => process.stdout.write(`${counts.passed} passed, ${failed} failed\n`));
  }
}
