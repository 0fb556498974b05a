import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:containers`: as root, on a machine with podman, and some minutes long, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/containers/**/*.test.ts"],
    globalSetup: ["test/containers/deployment.ts"],
    reporters: ["verbose"],
    pool: "forks",
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
