import { type ChildProcess, type Serializable, spawn, type SpawnOptions } from "node:child_process";
import { closeSync, rmSync } from "node:fs";
import { lastLines, openLog } from "./log-file.js";
import { writePidFile } from "./pid-file.js";

export interface ProgramCommand {
  name: string;
  command: string;
  args: string[];
  logFile: string;
  stopSignal: NodeJS.Signals;
  /** Where to note which process it is, so that one that outlives us can be found and ended. */
  pidFile?: string;
  /** Gives the program a channel to us: what it says comes here, and it learns when we are gone. */
  onMessage?: (message: Serializable) => void;
  options?: SpawnOptions;
}

/** A running program. It writes to its log by itself, so that a frozen or dead parent never blocks it. */
export class ChildProgram {
  readonly name: string;
  /** Resolves when the program has ended, with how it did. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly program: ProgramCommand;
  private readonly logStart: number;
  private outcome: string | null = null;

  constructor(program: ProgramCommand) {
    this.name = program.name;
    this.program = program;
    const { file, start } = openLog(program.logFile);
    this.logStart = start;
    const stdio = ["ignore", file, file, ...(program.onMessage ? ["ipc" as const] : [])] as const;
    this.child = spawn(program.command, program.args, { ...program.options, stdio: [...stdio] });
    closeSync(file);
    this.ended = new Promise((resolve) => {
      const end = (how: string) => resolve((this.outcome = how));
      this.child.once("error", (error) => end(error.message));
      this.child.once("exit", (code, signal) => end(signal ?? `exit ${String(code)}`));
    });
    if (program.onMessage) this.child.on("message", program.onMessage);
    if (program.pidFile && this.child.pid) writePidFile(program.pidFile, this.child.pid);
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  lastLines(): string[] {
    return lastLines(this.program.logFile, this.logStart);
  }

  /** Asks it to end, and kills it when it takes longer than this. */
  async stop(patienceMs: number): Promise<void> {
    const impatience = setTimeout(() => this.child.kill("SIGKILL"), patienceMs);
    this.child.kill(this.program.stopSignal);
    await this.ended;
    clearTimeout(impatience);
    if (this.program.pidFile) rmSync(this.program.pidFile, { force: true });
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** Repeats the question until it has an answer; a program that ends before is an error with its last words. */
  async answers<T>(question: () => Promise<T>, patienceMs: number): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        return await question();
      } catch (error) {
        if (this.outcome !== null) throw new ProgramFailure(this, `ended (${this.outcome})`);
        if (Date.now() > deadline) throw new ProgramFailure(this, `does not answer: ${(error as Error).message}`);
      }
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  }
}

export class ProgramFailure extends Error {
  readonly exitCode: number | null;

  constructor(program: ChildProgram, problem: string) {
    super([`${program.name} ${problem}`, ...program.lastLines().map((line) => `  | ${line}`)].join("\n"));
    this.exitCode = program.exitCode;
  }
}
