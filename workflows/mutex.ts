/** Waits until a fact holds; see Runtime. */
type Condition = (fact: () => boolean) => Promise<unknown>;

/**
 * One piece of work at a time. For inline activities: two that complete within one workflow task come back together when
 * the run is replayed, and what follows them would not come in the order that was recorded.
 */
export class Mutex {
  private locked = false;
  /** Work that waits until there is no other. */
  private yielding = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly condition: Condition;

  constructor(condition: Condition) {
    this.condition = condition;
  }

  /** Now, or after those who came before. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.locked) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.locked = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.locked = false;
    }
  }

  /** After everyone, also those who are about to come. */
  async runWhenIdle<T>(work: () => Promise<T>): Promise<T> {
    this.yielding++;
    try {
      await this.until(() => !this.locked);
      return await this.run(work);
    } finally {
      this.yielding--;
    }
  }

  /** When there is no work, and none is about to come. */
  async whenIdle(): Promise<void> {
    await this.until(() => !this.locked && this.yielding === 0);
  }

  /** Until a fact holds and what follows from this moment leaves it so. */
  private async until(fact: () => boolean): Promise<void> {
    do {
      await this.condition(fact);
      await this.turn();
      await this.turn();
    } while (!fact());
  }

  /** Conditions that are met together go on one after the other: a turn ends when each has, as far as it gets. */
  private async turn(): Promise<void> {
    let checks = 0;
    await this.condition(() => checks++ > 0);
  }
}
