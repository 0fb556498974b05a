import { condition } from "@temporalio/workflow";

/**
 * One piece of work at a time. For inline steps: two that end within one workflow task come back together when the run
 * is replayed, and what follows them then does not come in the order that was recorded, so that another worker could
 * not take the run over.
 */
export class Turns {
  private taken = false;
  private readonly waiting: (() => void)[] = [];

  /** Now, or behind those who came before. */
  async next<T>(step: () => Promise<T>): Promise<T> {
    if (this.taken) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.taken = true;
    try {
      return await step();
    } finally {
      const following = this.waiting.shift();
      if (following) following();
      else this.taken = false;
    }
  }

  /** Behind everybody, also those who are about to come. */
  async last<T>(step: () => Promise<T>): Promise<T> {
    do {
      let looks = 0; // a second look comes when everything else of the moment has run
      await condition(() => looks++ > 0 && !this.taken);
    } while (this.taken);
    return this.next(step);
  }
}
