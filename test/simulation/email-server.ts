import { ProviderError } from "../../src/providers/provider-error.js";
import type { Random } from "./random.js";
import type { Scenario } from "./scenario.js";

const LEAST_MS = 500;

/** An email server: takes a message, defers it, or refuses it; now and then its reply is lost. */
export class EmailServer {
  /** How often each Message-ID was taken. */
  readonly taken = new Map<string, number>();
  /** The Message-IDs that came with less time for the answer than any server needs. */
  readonly hurried = new Set<string>();
  private readonly trouble: Scenario["emails"];
  private readonly random: Random;

  constructor(trouble: Scenario["emails"], random: Random) {
    this.trouble = trouble;
    this.random = random;
  }

  take(messageId: string, timeoutMs: number): void {
    if (timeoutMs < LEAST_MS) this.hurried.add(messageId);
    if (this.random.chance(this.trouble.deferred)) throw new ProviderError("limited", "421");
    if (this.random.chance(this.trouble.refused)) throw new ProviderError("rejected", "550");
    this.taken.set(messageId, (this.taken.get(messageId) ?? 0) + 1);
  }

  losesAnswer(): boolean {
    return this.random.chance(this.trouble.unknown);
  }
}
