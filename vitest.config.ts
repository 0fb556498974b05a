import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          // Properties try hundreds of values, on machines that others keep busy.
          testTimeout: 30_000,
          include: [
            "test/unit/**/*.test.ts",
            "test/simulator/**/*.test.ts",
            "test/money/pure/**/*.test.ts",
            "test/replay/**/*.test.ts",
          ],
        },
      },
      {
        test: {
          name: "explore",
          testTimeout: 120_000,
          include: ["test/explore/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "simulation",
          testTimeout: 240_000,
          include: ["test/simulation/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "runtime",
          include: ["test/runtime/**/*.test.ts"],
          maxWorkers: 2,
          // The first start on a machine may build the Temporal server.
          testTimeout: 600_000,
          hookTimeout: 60_000,
          // Beside the service: projects of one group have as many workers.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "service",
          include: ["test/service/**/*.test.ts", "test/money/*.test.ts"],
          globalSetup: ["test/rig/engines-for-all.ts"],
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // What is `describe.concurrent` mostly waits; a project cannot ask for it by `sequence.concurrent`.
          maxConcurrency: 12,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
