import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { cleanEnvironment } from "./clean-environment.js";
import { waitFor } from "./wait-for.js";

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

  /** Of `npm start`: the address of the API, once everything is ready. */
  async ready(): Promise<string> {
    let over: number | string | null = null;
    void this.ended.then((how) => (over = how));
    const isReady = () => {
      if (over !== null) throw new Error(`ended: ${over} ${this.output}`);
      return this.output.includes("Idem is ready");
    };
    await waitFor("everything to be ready", isReady, 600_000);
    return /^ {2}API +(http\S+)$/m.exec(this.output)?.[1] ?? "";
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
