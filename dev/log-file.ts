import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from "node:fs";

const ROTATE_ABOVE_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;
const LINE_WIDTH = 240;

/** Opens a log to append to; one that has grown large is put aside, and the one put aside before goes. */
export function openLog(path: string): { file: number; start: number } {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_ABOVE_BYTES) renameSync(path, path.replace(/\.log$/, ".1.log"));
  const file = openSync(path, "a", 0o600);
  return { file, start: fstatSync(file).size };
}

/** The last lines written since this byte of the file. */
export function lastLines(path: string, since: number, count = 15): string[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return [];
  }
  const start = Math.max(since, fstatSync(file).size - TAIL_BYTES);
  const bytes = Buffer.alloc(TAIL_BYTES);
  const length = readSync(file, bytes, 0, TAIL_BYTES, start);
  closeSync(file);
  return bytes.toString("utf8", 0, length).trimEnd().split("\n").slice(-count).map(forPeople);
}

function forPeople(line: string): string {
  const text = sentenceOf(line) ?? line;
  return text.length > LINE_WIDTH ? `${text.slice(0, LINE_WIDTH)}...` : text;
}

/** The gist of a line of our own logs, which are JSON; null for anybody else's. */
function sentenceOf(line: string): string | null {
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
    return level && msg ? `${level}: ${[msg, err?.message].filter(Boolean).join(": ")}` : null;
  } catch {
    return null;
  }
}
