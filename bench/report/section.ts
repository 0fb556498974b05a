/** A figure of several rounds: their median, and the lowest and the highest of them. */
export interface Figure {
  value: number;
  low: number;
  high: number;
}

/** A figure that has a goal, in most cases Idem's over that of another system in the same round. */
export interface Ratio extends Figure {
  goal: number;
}

export interface Table {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

interface Plot {
  /** The SVG's file name without its extension. */
  name: string;
  caption: string;
  svg: string;
}

/** A part of the report, measured by one command; the next run of that command replaces it. */
export interface Section {
  name: string;
  title: string;
  tables: readonly Table[];
  plots: readonly Plot[];
  ratios: Readonly<Record<string, Ratio>>;
  /** Sentences: how it was measured, what limits a figure, what was not measured. */
  notes: readonly string[];
  /** Everything behind the tables, for programs. */
  figures: unknown;
}
