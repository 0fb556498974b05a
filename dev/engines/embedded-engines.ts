import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type ChildProgram, ProgramFailure } from "../child-program.js";
import { freePort } from "../free-port.js";
import { enginesPath, type EnginesFile, readJson, writePrivately } from "../../src/config/home.js";
import { alone, claimInTime, holderOf } from "../pid-file.js";
import type { Setup } from "../../src/config/setup.js";
import type { Report } from "../progress.js";
import { endLeftoverPostgres, postgresAnswers, spawnPostgres } from "./postgres.js";
import { prepareData } from "./postgres-data.js";
import { type PostgresFiles, postgresFiles } from "./postgres-files.js";
import { endLeftoverTemporal, spawnTemporal, temporalAnswers } from "./temporal.js";
import { cacheFolder, findTemporal } from "./temporal-binary.js";

const Ports = z.object({ temporal: z.number(), temporalUi: z.number(), postgres: z.number() });
type Ports = z.infer<typeof Ports>;

const PREFERRED: Ports = { temporal: 7233, temporalUi: 8233, postgres: 5433 };

// Part of the 15 s that `npm start` has for everything. A killed engine loses nothing, it only recovers at its next start.
const STOP_PATIENCE_MS = 4_000;

/** Longer than a start may take until it fails. */
const START_PATIENCE_MS = 120_000;

/** The engines of one home: those that are not external. */
export class EmbeddedEngines {
  private readonly running: ChildProgram[] = [];
  private readonly setup: Pick<Setup, "home" | "external">;
  private readonly report: Report;

  constructor(setup: Pick<Setup, "home" | "external">, report: Report) {
    this.setup = setup;
    this.report = report;
  }

  /** Starts what is not external, both at once. Whether it succeeds or not, `stop` ends what runs. */
  async start(env: NodeJS.ProcessEnv): Promise<void> {
    const { home, external } = this.setup;
    await claimHome(home);
    const files = external.postgres ? null : postgresFiles(home);
    await Promise.all([endLeftoverTemporal(home), files && endLeftoverPostgres(files.data)]);
    const ports: Ports = { ...PREFERRED, ...readJson(portsPath(home), Ports) };
    const [temporal, postgres] = await Promise.all([
      external.temporal ? {} : this.temporal(ports, env),
      files ? this.postgres(ports, files, env) : {},
    ]);
    writePrivately(portsPath(home), ports);
    writePrivately(enginesPath(home), { ...temporal, ...postgres });
  }

  /** Resolves when one of them ended without being asked. */
  async oneEnded(): Promise<ProgramFailure> {
    return Promise.race(
      this.running.map(async (engine) => new ProgramFailure(engine, `ended (${await engine.ended})`)),
    );
  }

  async stop(): Promise<void> {
    if (holderOf(lockPath(this.setup.home))?.pid !== process.pid) return;
    rmSync(enginesPath(this.setup.home), { force: true });
    await Promise.all(this.running.map((engine) => engine.stop(STOP_PATIENCE_MS)));
    rmSync(lockPath(this.setup.home), { force: true });
  }

  // Ports are chosen right before they are taken: what comes first may take minutes. Engines of several homes that start at
  // one moment would choose the same, and one would take the other's server for its own: each chooses once the one before answers.
  private async temporal(ports: Ports, env: NodeJS.ProcessEnv): Promise<EnginesFile> {
    return this.step("Temporal", async (progress) => {
      const binary = await findTemporal(env, progress);
      return alone(startLock("temporal", env), waiting(progress), async () => {
        const port = (ports.temporal = await freePort(ports.temporal, PREFERRED.temporal));
        const uiPort = (ports.temporalUi = await freePort(ports.temporalUi, PREFERRED.temporalUi));
        const engine = spawnTemporal(binary, this.setup.home, { port, uiPort });
        this.running.push(engine);
        const temporalAddress = `127.0.0.1:${port}`;
        const temporalUiUrl = `http://127.0.0.1:${uiPort}`;
        await temporalAnswers(engine, temporalAddress);
        return { value: { temporalAddress, temporalUiUrl }, detail: `${temporalAddress}, UI ${temporalUiUrl}` };
      });
    });
  }

  private async postgres(ports: Ports, files: PostgresFiles, env: NodeJS.ProcessEnv): Promise<EnginesFile> {
    return this.step("PostgreSQL", async (progress) => {
      const password = await prepareData(this.setup.home, files, progress);
      return alone(startLock("postgres", env), waiting(progress), async () => {
        const port = (ports.postgres = await freePort(ports.postgres, PREFERRED.postgres));
        const engine = spawnPostgres(this.setup.home, files, port);
        this.running.push(engine);
        return { value: { databaseUrl: await postgresAnswers(engine, port, password) }, detail: `127.0.0.1:${port}` };
      });
    });
  }

  private async step<T>(name: string, work: Work<T>): Promise<T> {
    const began = Date.now();
    const { value, detail } = await work((progress) => this.report({ name, state: "working", detail: progress }));
    this.report({ name, state: "done", detail: `${detail} (${((Date.now() - began) / 1000).toFixed(1)} s)` });
    return value;
  }
}

type Work<T> = (progress: (detail: string) => void) => Promise<{ value: T; detail: string }>;

function startLock(engine: string, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `${engine}-starts.pid`);
}

const waiting = (progress: (detail: string) => void) => ({
  patienceMs: START_PATIENCE_MS,
  onWait: () => progress("waiting until the engines of another home have started"),
});

function lockPath(home: string): string {
  return join(home, "engines.pid");
}

async function claimHome(home: string): Promise<void> {
  mkdirSync(join(home, "logs"), { recursive: true, mode: 0o700 });
  const holder = await claimInTime(lockPath(home));
  if (holder) throw new Error(`the engines of ${home} run already (process ${holder.pid})`);
  // What a killed predecessor left is not true any more.
  rmSync(enginesPath(home), { force: true });
}

/** The ports of the last start, so that who runs on finds the engines again. */
function portsPath(home: string): string {
  return join(home, "ports.json");
}
