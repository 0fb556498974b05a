import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { ChildProgram } from "../child-program.js";
import { endProcess, holderOf } from "../pid-file.js";
import { temporalArguments, type TemporalPlace } from "./temporal-command.js";

const NAMESPACE = "default";

// The dev server's own day is short for a person who comes back after the weekend to inspect a run.
const RETENTION_MS = 3 * 86_400_000;

// A large database file is replayed and compacted first.
const ANSWER_WITHIN_MS = 60_000;

/**
 * On the one machine that everything shares here, acceptance goes first: it needs the order database alone, and in a burst its
 * slowest hundredth waits half as long when Temporal stands back (docs/decisions/0001).
 */
const NICENESS = 5;

export function spawnTemporal(binary: string, home: string, ports: Omit<TemporalPlace, "databaseFile">): ChildProgram {
  return new ChildProgram({
    name: "Temporal",
    command: "nice",
    args: ["-n", String(NICENESS), binary, ...temporalArguments({ databaseFile: join(home, "temporal.db"), ...ports })],
    logFile: join(home, "logs", "temporal.log"),
    pidFile: join(home, "temporal.pid"),
    stopSignal: "SIGTERM",
    options: { env: ownEnvironment() },
  });
}

export async function temporalAnswers(engine: ChildProgram, address: string): Promise<void> {
  await engine.answers(() => keepRuns(address), ANSWER_WITHIN_MS);
}

/** Ends a server that outlived its engines. */
export async function endLeftoverTemporal(home: string): Promise<void> {
  const leftover = holderOf(join(home, "temporal.pid"));
  if (leftover) await endProcess(leftover, "SIGTERM", 10_000);
}

async function keepRuns(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) },
    });
  } finally {
    await connection.close();
  }
}

// The CLI reads TEMPORAL_* of the shell as settings of its own.
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TEMPORAL_")));
}
