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
