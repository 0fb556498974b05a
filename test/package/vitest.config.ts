import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/package/**/*.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    globalSetup: ["test/rig/engines-for-all.ts"],
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
