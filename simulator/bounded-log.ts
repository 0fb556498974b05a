export interface LogRow {
  seq: number;
  order: string | null;
}

/** The newest rows of a log, indexed by order. */
export class BoundedLog<T extends LogRow> {
  private readonly limit: number;
  private rows: T[] = [];
  private byOrder = new Map<string, T[]>();
  private lastSeq = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(make: (seq: number) => T): T {
    const row = make(++this.lastSeq);
    this.keep(row);
    // Trimmed a tenth at a time: moving the whole array for every new row would cost more than the rows.
    if (this.rows.length > this.limit * 1.1) this.trim();
    return row;
  }

  all(): readonly T[] {
    return this.rows;
  }

  of(order: string): readonly T[] {
    return this.byOrder.get(order) ?? [];
  }

  newest(count: number): readonly T[] {
    return this.rows.slice(-count);
  }

  /** Sets the order of a row, which may become known after it was added. */
  assign(row: T, order: string): void {
    row.order = order;
    this.index(row);
  }

  clear(order?: string): void {
    this.rows = order === undefined ? [] : this.rows.filter((row) => row.order !== order);
    if (order === undefined) this.byOrder.clear();
    else this.byOrder.delete(order);
  }

  restore(rows: readonly T[]): void {
    this.clear();
    for (const row of rows) this.keep(row);
    this.lastSeq = Math.max(0, ...rows.slice(-1).map((row) => row.seq));
  }

  private keep(row: T): void {
    this.rows.push(row);
    this.index(row);
  }

  private index(row: T): void {
    if (row.order === null) return;
    const known = this.byOrder.get(row.order);
    if (known) known.push(row);
    else this.byOrder.set(row.order, [row]);
  }

  private trim(): void {
    for (const row of this.rows.splice(0, this.rows.length - this.limit)) {
      if (row.order === null) continue;
      const left = (this.byOrder.get(row.order) ?? []).filter((known) => known !== row);
      if (left.length > 0) this.byOrder.set(row.order, left);
      else this.byOrder.delete(row.order);
    }
  }
}
