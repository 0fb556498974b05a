import { Mutex } from "./mutex.js";
import type { ActivityName, Input, Result, Runtime } from "./runtime.js";

/** Executes a run's activities: inline first, where the happy path needs nothing more, and durably after. */
export class Invoker {
  readonly runtime: Runtime;
  private readonly inline: Mutex;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.inline = new Mutex((fact) => runtime.condition(fact));
  }

  /** When no activity is executed inside the workflow task, and none is about to be. */
  whenIdle(): Promise<void> {
    return this.inline.whenIdle();
  }

  /**
   * Executes an activity once inside the workflow task, and where that brings no answer as an activity of its own, the
   * same call under the same key, until it answers.
   */
  async execute<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>> {
    const once = () => this.runtime.tryInline(name, ...input);
    try {
      // An email waits for every other step, and no step for an email server that hangs.
      return await (name === "sendEmail" ? this.inline.runWhenIdle(once) : this.inline.run(once));
    } catch {
      // No answer, whatever it was: the durable activity brings one, and shows this failure if it stays.
      return this.runtime.execute(name, ...input);
    }
  }
}
