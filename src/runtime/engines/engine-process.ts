import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { closeSync, rmSync } from "node:fs";
import { writePidFile } from "../pid-file.js";
import { lastLines, openLog } from "../log-file.js";

export interface EngineCommand {
  name: string;
  command: string;
  args: string[];
  logFile: string;
  pidFile: string;
  stopSignal: NodeJS.Signals;
  options?: SpawnOptions;
}

// Under the 15 s the contract allows, with room for the processes that stop before the engines.
const STOP_PATIENCE_MS = 8_000;

/**
 * A running engine. It writes to its log file by itself, so that a frozen or dead parent never blocks it, and it stays
 * in the parent's process group, so that whoever ends the group ends it too.
 */
export class EngineProcess {
  /** Settles when the process has ended, with how it did. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly engine: EngineCommand;
  private readonly logStart: number;

  constructor(engine: EngineCommand) {
    this.engine = engine;
    const { file, start } = openLog(engine.logFile);
    this.logStart = start;
    this.child = spawn(engine.command, engine.args, { ...engine.options, stdio: ["ignore", file, file] });
    closeSync(file);
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(error.message));
      this.child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    if (this.child.pid) writePidFile(engine.pidFile, this.child.pid);
  }

  get name(): string {
    return this.engine.name;
  }

  lastLines(): string[] {
    return lastLines(this.engine.logFile, this.logStart);
  }

  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.child.kill("SIGKILL"), STOP_PATIENCE_MS);
    this.child.kill(this.engine.stopSignal);
    await this.ended;
    clearTimeout(impatience);
    rmSync(this.engine.pidFile, { force: true });
  }

  /** Repeats the question until it has an answer; an engine that ends before is an error with its last words. */
  async answers<T>(question: () => Promise<T>, patienceMs: number): Promise<T> {
    const deadline = Date.now() + patienceMs;
    let end: string | null = null;
    void this.ended.then((how) => (end = how));
    for (;;) {
      try {
        return await question();
      } catch (error) {
        if (end !== null) throw new EngineFailure(this, `ended (${end})`);
        if (Date.now() > deadline) throw new EngineFailure(this, `does not answer: ${(error as Error).message}`);
      }
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  }
}

export class EngineFailure extends Error {
  constructor(engine: EngineProcess, problem: string) {
    super([`${engine.name} ${problem}`, ...engine.lastLines().map((line) => `  | ${line}`)].join("\n"));
  }
}
