import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:description` holds the service against its own description, with 20,000 drawn requests. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/description/**/*.test.ts"],
    globalSetup: ["test/rig/engines-for-all.ts"],
    pool: "forks",
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
  },
});
