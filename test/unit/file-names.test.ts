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
