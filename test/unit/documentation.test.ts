import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ATTENTION_CAUSES, ACTIONS } from "../../src/domain/attention.js";
import { EXPECTED } from "../../src/config/settings.js";

const checkout = resolve(import.meta.dirname, "../..");
const read = (...path: string[]) => readFileSync(join(checkout, ...path), "utf8");

const PAGES = [
  "README.md",
  ...readdirSync(join(checkout, "docs"), { recursive: true, encoding: "utf8" })
    // A decision speaks of its own time and is not rewritten.
    .filter((path) => path.endsWith(".md") && !path.startsWith("decisions"))
    .map((path) => join("docs", path)),
];

/** The first cells of a table's rows, with what else stands in the row. */
function rowsOf(page: string): [name: string, row: string][] {
  return [...page.matchAll(/^\| (`[^|]*`) \|.*$/gm)].map(([row, name = ""]) => [name, row]);
}

function namesOf(page: string): string[] {
  return rowsOf(page).flatMap(([cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

describe("the operations page", () => {
  const rows = new Map(rowsOf(read("docs", "operations.md")));

  test.each(ATTENTION_CAUSES)("tells what %s means and every button for it", (cause) => {
    const row = rows.get(`\`${cause}\``) ?? "";
    // `outcome_unknown` refers to the refusal of the same step.
    expect(ACTIONS[cause].filter((action) => !row.includes(`\`${action}\``))).toEqual([]);
    expect(row).not.toBe("");
  });
});

describe("the README", () => {
  test("lists every setting", () => {
    const listed = namesOf(read("README.md"));
    expect(Object.keys(EXPECTED).filter((name) => !listed.includes(name))).toEqual([]);
  });
});

describe("the architecture page", () => {
  test("lists the tables of the book and no other", () => {
    const made = readdirSync(join(checkout, "src/database/migrations"))
      .flatMap((file) => [...read("src/database/migrations", file).matchAll(/create table (\w+)/g)])
      .map(([, name = ""]) => name);
    const [, section = ""] = read("docs", "architecture.md").split("\n## The book\n");
    expect(namesOf(section).toSorted()).toEqual(made.toSorted());
  });
});

describe.each(PAGES)("%s", (path) => {
  test("names only files that are there", () => {
    const page = read(path);
    const named = [...page.matchAll(/`((?:src|workflows|activities|test|docs|dev|simulator|deploy)\/[\w./-]+)`/g)].map(
      ([, name = ""]) => name,
    );
    const linked = [...page.matchAll(/\]\((?!https?:|\/|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, name = ""]) =>
      join(path, "..", name),
    );
    const missing = [...named, ...linked].filter(
      (name) => !existsSync(join(checkout, name)) && !existsSync(join(checkout, `${name}.md`)),
    );
    expect(missing).toEqual([]);
  });

  test("names only npm scripts that are there", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const used = [...read(path).matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !(name in scripts))).toEqual([]);
  });
});
