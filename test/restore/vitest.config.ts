import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:restore`: some minutes, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/restore/**/*.test.ts"],
    globalSetup: ["test/rig/engines-for-all.ts"],
    pool: "forks",
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
