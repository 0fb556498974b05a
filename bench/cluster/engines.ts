import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import type { ChildProgram } from "../../dev/child-program.js";
import { EmbeddedEngines } from "../../dev/engines/embedded-engines.js";
import { enginesPath, homeFolder, readEngines, writePrivately } from "../../src/config/home.js";
import { stopInOrder, stopRequested } from "../../src/main/shutdown.js";
import { printStep } from "../../dev/progress.js";
import { findTemporalServer } from "./temporal-server.js";
import { endLeftoverServices, planServices, SERVICES, type ServiceName, updateSchema } from "./temporal-services.js";

// In place of `npm run engines`: a Temporal cluster on a PostgreSQL of its own, beside the book's. Who reads
// engines.json finds no difference.

const NAMESPACE = "default";
const ANSWER_WITHIN_MS = 90_000;
const STOP_PATIENCE_MS = 4_000;

const home = homeFolder(process.env);
const complain = (problem: string) => process.stderr.write(`engines: ${problem}\n`);
const postgres = (folder: string) =>
  new EmbeddedEngines(
    { home: join(home, folder), elsewhere: { temporal: true, postgres: false, parties: true } },
    printStep,
  );
const book = postgres("book");
const runs = postgres("runs");
const services: ChildProgram[] = [];

async function start(): Promise<void> {
  mkdirSync(join(home, "logs"), { recursive: true });
  rmSync(enginesPath(home), { force: true });
  await endLeftoverServices(home);
  const told = (detail: string) => printStep({ name: "Temporal", state: "working", detail });
  const binaries = findTemporalServer(process.env, told);
  await book.start(process.env);
  await runs.start(process.env);
  const runsUrl = urlOf("runs");
  told("updating the schema");
  await updateSchema(binaries, runsUrl);
  const { address, spawn } = await planServices(binaries, home, runsUrl);
  const started = async (name: ServiceName, question: (connection: Connection) => Promise<unknown>) => {
    const service = spawn(name);
    services.push(service);
    await service.answers(() => asking(address, question), ANSWER_WITHIN_MS);
  };
  // Each would write the cluster's own record at its first start; the others find it.
  await started("frontend", haveNamespace);
  await Promise.all(SERVICES.filter((name) => name !== "frontend").map((name) => started(name, serves)));
  writePrivately(enginesPath(home), { temporalAddress: address, databaseUrl: urlOf("book") });
  printStep({ name: "engines", state: "done", detail: `ready, their addresses are in ${enginesPath(home)}` });
}

function urlOf(folder: string): string {
  return readEngines(join(home, folder))?.databaseUrl ?? "";
}

async function asking(address: string, question: (connection: Connection) => Promise<unknown>): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  await question(connection).finally(() => connection.close());
}

async function haveNamespace({ workflowService }: Connection): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs("1 day");
  await workflowService
    .registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod })
    .catch(unless(/already exists/i));
}

/** Asks matching and history. */
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
  return Promise.race([book.oneEnded(), runs.oneEnded(), ...service]);
}

async function run(): Promise<number> {
  try {
    const ended = await Promise.race([stopRequested(), start().then(oneEnded)]);
    if (typeof ended === "string") return 0;
    complain(ended.message);
    return 1;
  } catch (error) {
    complain(String(error));
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
        { name: "PostgreSQL of the book", stop: () => book.stop() },
      ],
      complain,
    );
  }
}

process.exit(await run());
