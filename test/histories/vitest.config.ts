import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npx vitest run --config test/histories/vitest.config.ts` records the histories that are not there yet. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/histories/record.ts"],
    globalSetup: ["test/rig/engines-for-all.ts"],
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
