/** One line of the list a person watches while things start. */
export interface Step {
  name: string;
  state: "working" | "done" | "failed";
  detail: string;
}

export type Report = (step: Step) => void;

const MARKS = {
  working: { mark: "·", colour: "\x1b[2m" },
  done: { mark: "✓", colour: "\x1b[32m" },
  failed: { mark: "✗", colour: "\x1b[31m" },
};

/** Plain lines, each written once, so that a terminal, a pipe and a log file all read the same. */
export function printStep({ name, state, detail }: Step): void {
  const { mark, colour } = MARKS[state];
  process.stdout.write(`  ${paint(colour, mark)} ${name.padEnd(11)} ${detail}\n`);
}

export function bold(text: string): string {
  return paint("\x1b[1m", text);
}

function paint(colour: string, text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? `${colour}${text}\x1b[0m` : text;
}
