import Table from "cli-table3";

/** Rows for people: columns that line up, and nothing else. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(SIDES.map((side) => [side, ""]));
  const printed = new Table({
    head: [...columns],
    chars: { ...none, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  printed.push(...rows.map((row) => [...row]));
  const lines = printed.toString().split("\n");
  return lines.map((line) => line.trimEnd()).join("\n");
}

const SIDES = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
];

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A page of a list: as it came, for scripts; else as text and with where the next one begins. */
export function printPage<Item>(
  page: { items: Item[]; nextCursor: string | null },
  asText: (items: Item[]) => string,
  json = false,
): void {
  if (json) return printJson(page);
  print(asText(page.items));
  if (page.nextCursor !== null) print(`\nmore: --cursor ${page.nextCursor}`);
}
