/** A figure of several rounds: their median and how far they lay apart. */
export interface Figure {
  value: number;
  low: number;
  high: number;
}

/** What the goals speak of: a figure of ours over another's of the same round. */
export interface Ratio extends Figure {
  goal: number;
}

export interface Table {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface Plot {
  /** The SVG's file name, without its ending. */
  name: string;
  caption: string;
  svg: string;
}

/** A part of the report, measured in one go by one command; a run that measures it anew replaces it whole. */
export interface Section {
  name: string;
  title: string;
  tables: readonly Table[];
  plots: readonly Plot[];
  ratios: Readonly<Record<string, Ratio>>;
  /** Sentences: how it was measured, what holds a figure, what was not measured. */
  notes: readonly string[];
  /** Everything behind the tables, for a reader with a program. */
  figures: unknown;
}
