/** How a step is compensated; nothing to undo is success. */
export type Compensation = () => Promise<void>;

/** What may have to be undone, newest first. Registered before the step, which may take effect and not answer (E5). */
export class Compensations {
  private readonly stack: Compensation[] = [];

  register(compensation: Compensation): void {
    this.stack.push(compensation);
  }

  /** Compensates while `isWanted`: a cancel that loses to a shipment stops here, and the rest stays as it is. */
  async run(isWanted: () => boolean): Promise<void> {
    while (isWanted()) {
      const compensate = this.stack.pop();
      if (!compensate) return;
      await compensate();
    }
  }
}
