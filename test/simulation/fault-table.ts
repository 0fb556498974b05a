import { type Fault, FAULTS, type OperationName, OPERATIONS } from "./faults.js";

/** Fewer hits prove nothing of a cell. */
const ENOUGH = 50;

/** How often each operation met each fault. */
export class FaultTable {
  private readonly hits = new Map<string, number>();

  hit(operation: OperationName, fault: Fault): void {
    const cell = cellOf(operation, fault);
    this.hits.set(cell, (this.hits.get(cell) ?? 0) + 1);
  }

  add(other: FaultTable): void {
    for (const [cell, hits] of other.hits) this.hits.set(cell, (this.hits.get(cell) ?? 0) + hits);
  }

  count(operation: OperationName, fault: Fault): number {
    return this.hits.get(cellOf(operation, fault)) ?? 0;
  }

  /** The cell that was hit least often. */
  get least(): { operation: OperationName; fault: Fault; hits: number } {
    const cells = OPERATIONS.flatMap((operation) =>
      FAULTS.map((fault) => ({ operation, fault, hits: this.count(operation, fault) })),
    );
    return cells.reduce((least, cell) => (cell.hits < least.hits ? cell : least));
  }

  /** The cells that were hit too seldom. */
  get missing(): string[] {
    return OPERATIONS.flatMap((operation) =>
      FAULTS.filter((fault) => this.count(operation, fault) < ENOUGH).map(
        (fault) => `${operation} met "${fault}" ${this.count(operation, fault)} times, ${ENOUGH} are needed`,
      ),
    );
  }

  toString(): string {
    const width = Math.max(...FAULTS.map(({ length }) => length));
    const row = (name: string, cells: readonly (string | number)[]) =>
      [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(10))].join("");
    return [
      row("", OPERATIONS),
      ...FAULTS.map((fault) =>
        row(
          fault,
          OPERATIONS.map((operation) => this.count(operation, fault)),
        ),
      ),
    ].join("\n");
  }
}

function cellOf(operation: OperationName, fault: Fault): string {
  return `${operation}/${fault}`;
}
