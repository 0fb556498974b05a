import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:walkthrough` does what a newcomer does: types README's commands, and tries /docs in a browser. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/walkthrough/**/*.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
