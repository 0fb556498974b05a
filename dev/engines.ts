import { EmbeddedEngines } from "./engines/embedded-engines.js";
import { enginesPath } from "../src/config/home.js";
import { TemporalNotFoundError } from "./engines/temporal-binary.js";
import { loadSetup } from "../src/config/setup.js";
import { stopInOrder, stopRequested } from "../src/main/shutdown.js";
import { printStep, type Step } from "./progress.js";

const NO_TEMPORAL = 3;

const report = (step: Step) => (process.send ? process.send(step) : printStep(step));
const printError = (problem: string) => process.stderr.write(`engines: ${problem}\n`);

async function run(): Promise<number> {
  const setup = loadSetup();
  if (setup.external.temporal && setup.external.postgres) {
    printError("nothing to start, the environment names both Temporal and PostgreSQL");
    return 0;
  }
  const engines = new EmbeddedEngines(setup, report);
  try {
    const ended = await Promise.race([stopRequested(), serve(engines, setup.home)]);
    if (typeof ended === "string") return 0;
    printError(ended.message);
    return 1;
  } finally {
    await stopInOrder([{ name: "engines", stop: () => engines.stop() }], printError);
  }
}

async function serve(engines: EmbeddedEngines, home: string) {
  await engines.start(process.env);
  report({ name: "engines", state: "done", detail: `ready, their addresses are in ${enginesPath(home)}` });
  return engines.oneEnded();
}

function failed(error: unknown): number {
  printError(error instanceof Error ? error.message : String(error));
  return error instanceof TemporalNotFoundError ? NO_TEMPORAL : 1;
}

process.exit(await run().catch(failed));
