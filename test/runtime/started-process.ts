import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { cleanEnvironment } from "../rig/clean-environment.js";

const PROGRAMS = {
  start: "dev/start",
  engines: "dev/engines",
  simulator: "dev/run-simulator",
  api: "src/main/api",
  worker: "src/main/worker",
};

const checkout = resolve(import.meta.dirname, "../..");
/** One of Idem's processes as npm starts it, in a process group of its own. */
export class StartedProcess {
  output = "";
  readonly ended: Promise<number | string>;
  private readonly child: ChildProcess;

  /** @param name of the npm script. */
  constructor(name: keyof typeof PROGRAMS, env: Record<string, string>) {
    this.child = spawn(process.execPath, [join(checkout, "dist", `${PROGRAMS[name]}.js`)], {
      env: { ...cleanEnvironment(), NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.ended = new Promise((done) => this.child.once("close", (code, signal) => done(code ?? signal ?? "lost")));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Whatever a failed test left of the group. */
  endGroup(): void {
    try {
      if (this.child.pid) process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // it is gone
    }
  }
}
