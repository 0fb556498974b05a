import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { enginesPath } from "../../src/config/home.js";
import { startEngines } from "./start-engines.js";

// Runs the tests that need engines on those of the cluster; arguments go to vitest.

const VITEST = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));

const engines = await startEngines();
try {
  const tests = spawn(process.execPath, [VITEST, "run", "--project", "service", ...process.argv.slice(2)], {
    env: { ...process.env, IDEM_TEST_ENGINES: enginesPath(engines.home) },
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => tests.once("exit", (code) => resolve(code ?? 1)));
} finally {
  await engines.stop();
}
