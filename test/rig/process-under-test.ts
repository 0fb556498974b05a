import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { cleanEnvironment } from "./clean-environment.js";
import { waitFor } from "./wait-for.js";

/** One of the shipped programs, as its own process. */
export class ProcessUnderTest {
  private child: ChildProcess | null = null;
  private text = "";
  readonly program: string;
  private readonly env: Record<string, string>;
  private readonly readyWord: string;
  private readonly checkout: string;

  /** @param checkout whose build it is; ours when left out. */
  constructor(program: "api" | "worker", env: Record<string, string>, readyWord: string, checkout = ".") {
    this.checkout = checkout;
    this.program = program;
    this.env = env;
    this.readyWord = readyWord;
  }

  get output(): string {
    return this.text;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(this.checkout, `dist/src/main/${this.program}.js`)], {
      env: { ...cleanEnvironment(), ...this.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const alongWithUs = () => child.kill("SIGKILL");
    process.once("exit", alongWithUs);
    child.once("exit", () => process.off("exit", alongWithUs));
    const from = this.text.length;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.text += chunk.toString()));
    await waitFor(`${this.program} to be ready`, () => {
      if (!this.running) throw new Error(`${this.program} ended:\n${this.text.slice(-3_000)}`);
      return this.text.slice(from).includes(this.readyWord);
    });
  }

  /** SIGSTOP: alive and deaf, until it is killed. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  /** SIGKILL: no time for anything. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.end("SIGTERM");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.running) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}
