import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import type { ChildProgram } from "../../dev/child-program.js";
import { EmbeddedEngines } from "../../dev/engines/embedded-engines.js";
import { enginesPath, homeFolder, readEngines, writePrivately } from "../../src/config/home.js";
import { stopInOrder, stopRequested } from "../../src/main/shutdown.js";
import { printStep } from "../../dev/progress.js";
import { findTemporalServer } from "../../dev/engines/temporal-server.js";
import { endLeftoverServices, planServices, SERVICES, type ServiceName, updateSchema } from "./temporal-services.js";

// Replaces `npm run engines`: a Temporal cluster on a PostgreSQL of its own, beside that of the orders. Programs that
// read engines.json see no difference.

const NAMESPACE = "default";
const ANSWER_WITHIN_MS = 90_000;
const STOP_PATIENCE_MS = 4_000;

const home = homeFolder(process.env);
const printError = (problem: string) => process.stderr.write(`engines: ${problem}\n`);
const postgres = (folder: string) =>
  new EmbeddedEngines(
    { home: join(home, folder), external: { temporal: true, postgres: false, providers: true } },
    printStep,
  );
const orders = postgres("orders");
const runs = postgres("runs");
const services: ChildProgram[] = [];

async function start(): Promise<void> {
  mkdirSync(join(home, "logs"), { recursive: true });
  rmSync(enginesPath(home), { force: true });
  await endLeftoverServices(home);
  const report = (detail: string) => printStep({ name: "Temporal", state: "working", detail });
  const binaries = findTemporalServer(process.env, report);
  await orders.start(process.env);
  await runs.start(process.env);
  const runsUrl = urlOf("runs");
  report("updating the schema");
  await updateSchema(binaries, runsUrl);
  const { address, spawn } = await planServices(binaries, home, runsUrl);
  const startService = async (name: ServiceName, question: (connection: Connection) => Promise<unknown>) => {
    const service = spawn(name);
    services.push(service);
    await service.answers(() => ask(address, question), ANSWER_WITHIN_MS);
  };
  // The first one to start writes the cluster's own record; the others read it.
  await startService("frontend", ensureNamespace);
  await Promise.all(SERVICES.filter((name) => name !== "frontend").map((name) => startService(name, serves)));
  writePrivately(enginesPath(home), { temporalAddress: address, databaseUrl: urlOf("orders") });
  printStep({ name: "engines", state: "done", detail: `ready, their addresses are in ${enginesPath(home)}` });
}

function urlOf(folder: string): string {
  return readEngines(join(home, folder))?.databaseUrl ?? "";
}

async function ask(address: string, question: (connection: Connection) => Promise<unknown>): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  await question(connection).finally(() => connection.close());
}

async function ensureNamespace({ workflowService }: Connection): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs("1 day");
  await workflowService
    .registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod })
    .catch(unless(/already exists/i));
}

/** A question to matching and one to history. */
async function serves({ workflowService }: Connection): Promise<void> {
  await workflowService.describeTaskQueue({ namespace: NAMESPACE, taskQueue: { name: "ready" } });
  await workflowService
    .describeWorkflowExecution({ namespace: NAMESPACE, execution: { workflowId: "ready" } })
    .catch(unless(/workflow not found/i));
}

function unless(expected: RegExp) {
  return (error: unknown) => {
    if (!expected.test(String(error))) throw error;
  };
}

async function oneEnded(): Promise<Error> {
  const service = services.map(async ({ name, ended }) => new Error(`${name} ended (${await ended})`));
  return Promise.race([orders.oneEnded(), runs.oneEnded(), ...service]);
}

async function run(): Promise<number> {
  try {
    const ended = await Promise.race([stopRequested(), start().then(oneEnded)]);
    if (typeof ended === "string") return 0;
    printError(ended.message);
    return 1;
  } catch (error) {
    printError(String(error));
    return 1;
  } finally {
    rmSync(enginesPath(home), { force: true });
    const stopServices = async () => {
      await Promise.all(services.map((service) => service.stop(STOP_PATIENCE_MS)));
    };
    await stopInOrder(
      [
        { name: "Temporal", stop: stopServices },
        { name: "PostgreSQL of the runs", stop: () => runs.stop() },
        { name: "PostgreSQL of the orders", stop: () => orders.stop() },
      ],
      printError,
    );
  }
}

process.exit(await run());
