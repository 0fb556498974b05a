import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildProgram, ProgramFailure } from "./child-program.js";
import { printStep, type Step } from "./progress.js";

/** Who depends on others stops before them. Each has until then, counted from the signal. */
const STOP_UNTIL_MS = { api: 4_000, worker: 8_500, simulator: 9_500, engines: 14_000 };

const PROGRAMS = {
  api: "../src/main/api.js",
  worker: "../src/main/worker.js",
  simulator: "run-simulator.js",
  engines: "engines.js",
};

export type ProgramName = keyof typeof STOP_UNTIL_MS;

/** Our processes, run beside this one: their logs lie in the home, the steps they report go to the terminal. */
export class Supervisor {
  /** Resolves when the first of them ends without being asked. */
  readonly failure: Promise<ProgramFailure>;
  private readonly programs = new Map<ProgramName, ChildProgram>();
  private readonly home: string;
  private readonly env: NodeJS.ProcessEnv;
  private fail!: (failure: ProgramFailure) => void;

  constructor(home: string, env: NodeJS.ProcessEnv) {
    this.home = home;
    this.env = env;
    this.failure = new Promise((resolve) => (this.fail = resolve));
  }

  /** `onMessage` receives what the program sends to us. */
  launch(name: ProgramName, onMessage: (message: unknown) => void = () => {}): ChildProgram {
    const program = new ChildProgram({
      name,
      command: process.execPath,
      args: [fileURLToPath(new URL(PROGRAMS[name], import.meta.url))],
      logFile: join(this.home, "logs", `${name}.log`),
      stopSignal: "SIGTERM",
      onMessage,
      // A Ctrl-C reaches the whole group at once, but PostgreSQL and Temporal must receive it last.
      options: { env: this.env, detached: name === "engines" },
    });
    this.programs.set(name, program);
    void program.ended.then((how) => {
      if (this.programs.get(name) === program) this.fail(new ProgramFailure(program, `ended (${how})`));
    });
    return program;
  }

  /** Ends a program as a crash would, and launches it again. */
  async crash(name: ProgramName): Promise<void> {
    const program = this.programs.get(name);
    if (!program) return;
    this.programs.delete(name);
    await program.kill();
    this.launch(name);
  }

  /** Launches a program that reports its steps, and waits for the one that makes it ready. */
  async launchUntil(ready: string, name: ProgramName): Promise<void> {
    await new Promise<void>((resolve) => {
      this.launch(name, (message) => {
        const step = message as Step;
        printStep(step);
        if (step.name === ready && step.state === "done") resolve();
      });
    });
  }

  async stop(): Promise<void> {
    const began = Date.now();
    for (const [name, until] of Object.entries(STOP_UNTIL_MS)) {
      await this.programs.get(name as ProgramName)?.stop(Math.max(0, until - (Date.now() - began)));
    }
  }
}
