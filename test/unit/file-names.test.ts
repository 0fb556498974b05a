import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const checkout = resolve(import.meta.dirname, "../..");
const FOLDERS = [
  ...readdirSync(join(checkout, "src")).map((folder) => `src/${folder}`),
  "workflows",
  "activities",
  "simulator",
  "dev",
];

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(checkout, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.length + 1));
}

describe.each(FOLDERS)("%s", (folder) => {
  test("has no two files of one name", () => {
    const names = filesOf(folder).filter((file) => basename(file) !== "index.ts");
    const repeated = names.filter((file) =>
      names.some((other) => other !== file && basename(other) === basename(file)),
    );
    expect(repeated).toEqual([]);
  });

  test("has no file for leftovers", () => {
    const vague = filesOf(folder).filter((file) =>
      /(^|[/-])(utils?|helpers?|common|shared|managers?|misc)([/.-]|$)/.test(file),
    );
    expect(vague).toEqual([]);
  });

  test("spells its files in kebab-case", () => {
    expect(filesOf(folder).filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(basename(file)))).toEqual([]);
  });
});

/** Names that differ by a plural, by the order of their words, or not at all look the same to a reader. */
function wordsOf(file: string): string {
  const words = basename(file, ".ts").split("-");
  return words.map(singular).toSorted().join("-");
}

function singular(word: string): string {
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

test("src, workflows and activities have no two files whose names are near twins", () => {
  const files = ["src", "workflows", "activities"].flatMap(filesOf).filter((file) => basename(file) !== "index.ts");
  const namesakes = (words: string) => files.filter((file) => wordsOf(file) === words);
  expect(files.filter((file) => namesakes(wordsOf(file)).length > 1)).toEqual([]);
});
