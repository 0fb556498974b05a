import type { Table } from "./section.js";

const TEXT_WIDTH = 100;

/** Statements with how often an order needs each; those that it rarely needs are left out. */
export function statementsTable(caption: string, statements: readonly { text: string; perOrder: number }[]): Table {
  const times = new Map<string, number>();
  for (const { text, perOrder } of statements) {
    const name = nameOf(text);
    times.set(name, (times.get(name) ?? 0) + perOrder);
  }
  return {
    caption,
    columns: ["statement", "per order"],
    rows: [...times]
      .map(([name, perOrder]) => [name, perOrder.toFixed(1)])
      .filter(([, perOrder]) => perOrder !== "0.0"),
  };
}

/** The names of the parts of a statement that has some, since its beginning is that of many; else its beginning. */
function nameOf(text: string): string {
  const parts = text.startsWith("with ") ? [...text.matchAll(/(?:^with(?: recursive)?|,) (\w+) as \(/g)] : [];
  const name = parts.length > 0 ? `with ${parts.map(([, part]) => part).join(", ")}` : text;
  const cell = name.replaceAll("|", "\\|");
  return cell.length > TEXT_WIDTH ? `${cell.slice(0, TEXT_WIDTH)} ...` : cell;
}
