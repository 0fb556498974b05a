import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const checkout = resolve(import.meta.dirname, "../..");
const TREES = ["src", "workflows", "activities"];

function filesOf(tree: string): string[] {
  const entries = readdirSync(join(checkout, tree), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.length + 1));
}

// A process is called what it runs, and an index is the door of its room.
function mayRepeat(file: string): boolean {
  return basename(file) === "index.ts" || /^src\/runtime\/[a-z]+\.ts$/.test(file);
}

describe.each(TREES)("%s", (tree) => {
  test("has no two files of one name", () => {
    const names = filesOf(tree).filter((file) => !mayRepeat(file));
    const repeated = names.filter((file) =>
      names.some((other) => other !== file && basename(other) === basename(file)),
    );
    expect(repeated).toEqual([]);
  });

  test("has no room for leftovers", () => {
    const vague = filesOf(tree).filter((file) =>
      /(^|[/-])(utils?|helpers?|common|shared|managers?|misc)([/.-]|$)/.test(file),
    );
    expect(vague).toEqual([]);
  });

  test("spells its files in kebab-case", () => {
    expect(filesOf(tree).filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(basename(file)))).toEqual([]);
  });
});
