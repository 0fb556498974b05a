import { EmbeddedEngines } from "./engines/embedded-engines.js";
import { enginesPath } from "../src/config/home.js";
import { NoTemporal } from "./engines/temporal-binary.js";
import { loadSetup } from "../src/config/setup.js";
import { stopInOrder, stopRequested } from "../src/main/shutdown.js";
import { printStep, type Step } from "./progress.js";

const NO_TEMPORAL = 3;

const report = (step: Step) => (process.send ? process.send(step) : printStep(step));
const complain = (problem: string) => process.stderr.write(`engines: ${problem}\n`);

async function run(): Promise<number> {
  const setup = loadSetup();
  if (setup.elsewhere.temporal && setup.elsewhere.postgres) {
    complain("nothing to start, the environment names both Temporal and PostgreSQL");
    return 0;
  }
  const engines = new EmbeddedEngines(setup, report);
  try {
    const ended = await Promise.race([stopRequested(), serve(engines, setup.home)]);
    if (typeof ended === "string") return 0;
    complain(ended.message);
    return 1;
  } finally {
    await stopInOrder([{ name: "engines", stop: () => engines.stop() }], complain);
  }
}

async function serve(engines: EmbeddedEngines, home: string) {
  await engines.start(process.env);
  report({ name: "engines", state: "done", detail: `ready, their addresses are in ${enginesPath(home)}` });
  return engines.oneEnded();
}

function failed(error: unknown): number {
  complain(error instanceof Error ? error.message : String(error));
  return error instanceof NoTemporal ? NO_TEMPORAL : 1;
}

process.exit(await run().catch(failed));
