import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:release` rolls from the last release to this build and back. It installs and builds the release first. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/release/**/*.test.ts"],
    globalSetup: ["test/rig/engines-for-all.ts"],
    pool: "forks",
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
