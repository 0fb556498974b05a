/** How a step is undone; nothing to undo is success. */
export type Undo = () => Promise<void>;

/** What was begun for an order, to be undone newest first. Registered before the step, which may work and not answer. */
export class Compensations {
  private readonly undos: Undo[] = [];

  add(undo: Undo): void {
    this.undos.push(undo);
  }

  /** Undoes while `wanted` holds: a cancel that lost to a shipment stops here and the rest stays as it is. */
  async run(wanted: () => boolean): Promise<void> {
    while (wanted()) {
      const undo = this.undos.pop();
      if (!undo) return;
      await undo();
    }
  }
}
