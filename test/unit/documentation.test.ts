import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { firstRequest } from "../../src/config/first-request.js";
import { EXPECTED, SECRET } from "../../src/config/settings.js";
import { ATTENTION_CAUSES, ACTIONS } from "../../src/domain/attention.js";
import { STRIPE_EVENT_TYPES } from "../../src/providers/payment/stripe-webhook.js";

const checkout = resolve(import.meta.dirname, "../..");
const read = (...path: string[]) => readFileSync(join(checkout, ...path), "utf8");

function filesBelow(folder: string): string[] {
  return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(checkout, join(parentPath, name)));
}

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "AGENTS.md",
  "SECURITY.md",
  // A decision describes its own time and is not rewritten.
  ...filesBelow("docs").filter((path) => path.endsWith(".md") && !path.startsWith(join("docs", "decisions"))),
];

/** The first cells of a table's rows, each with its row. */
function rowsOf(page: string): [name: string, row: string][] {
  return [...page.matchAll(/^\| (`[^|]*`) \|.*$/gm)].map(([row, name = ""]) => [name, row]);
}

/** What is in backticks in the first cells. */
function namesOf(page: string): string[] {
  return rowsOf(page).flatMap(([cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

function sectionOf(page: string, heading: string): string {
  const [, rest = ""] = page.split(`\n## ${heading}\n`);
  return rest.split("\n## ")[0] ?? "";
}

test("README and first page propose the same order under the same key", () => {
  const [, order = ""] = /cat > order\.json <<'JSON'\n(.*?)\nJSON/s.exec(read("README.md")) ?? [];
  const command = firstRequest("http://127.0.0.1:3000", "idem_demo_acme");
  const [, proposed = ""] = /-d '(.*)'/.exec(command) ?? [];
  expect(JSON.parse(proposed)).toEqual(JSON.parse(order));
  const [, key = ""] = /Idempotency-Key: ([^']*)/.exec(command) ?? [];
  expect(read("README.md")).toContain(`submit ${key}\nsubmit ${key}\n`);
});

describe("the operations page", () => {
  const operations = read("docs", "operations.md");
  const rows = new Map(rowsOf(sectionOf(operations, "Attentions")));

  test.each(ATTENTION_CAUSES)("explains %s and every action that it offers", (cause) => {
    const row = rows.get(`\`${cause}\``) ?? "";
    expect(row).not.toBe("");
    expect(ACTIONS[cause].filter((action) => !row.includes(`\`${action}\``))).toEqual([]);
  });

  test("lists the Stripe event types that have an effect, and no other", () => {
    const listed = [...sectionOf(operations, "Connecting Stripe").matchAll(/^- `([\w.]+)`$/gm)];
    expect(listed.map(([, type]) => type)).toEqual([...STRIPE_EVENT_TYPES]);
  });
});

describe("the configuration page", () => {
  test("lists every setting", () => {
    const listed = namesOf(read("docs", "configuration.md"));
    expect(Object.keys(EXPECTED).filter((name) => !listed.includes(name))).toEqual([]);
  });
});

describe("docker-compose.yml", () => {
  const compose = read("docker-compose.yml");

  test("names its images by the version of the package", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const images = [...compose.matchAll(/image: idem\/\w+:(\S+)/g)].map(([, tag]) => tag);
    expect(images).toEqual([version, version, version]);
  });

  test("passes every setting on", () => {
    // Where the container listens is its own affair, and what its worker serves.
    const fixed = ["PORT", "HOST", "METRICS_PORT", "WORKER_QUEUES"];
    const passed = [...compose.matchAll(/^ {4}(\w+?)(?:_FILE)?: /gm)].map(([, name]) => name);
    expect(Object.keys(EXPECTED).filter((name) => ![...fixed, ...passed].includes(name))).toEqual([]);
  });
});

describe("deploy/kubernetes", () => {
  const settings = new Map(
    [...read("deploy", "kubernetes", "settings.env").matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value]) => [
      name,
      value,
    ]),
  );

  test("names its images by the version of the package", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const manifests = ["api.yaml", "worker.yaml"].map((name) => read("deploy", "kubernetes", name)).join("");
    const images = [...manifests.matchAll(/image: idem\/\w+:(\S+)/g)].map(([, tag]) => tag);
    expect(images).toEqual([version, version]);
  });

  test("has a file for every secret, and settings that there are", () => {
    const known = [...Object.keys(EXPECTED), "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"];
    const names = [...settings.keys()].map((name) => name.replace(/_FILE$/, ""));
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect([...SECRET].filter((name) => !settings.has(`${name}_FILE`))).toEqual([]);
  });

  test("makes a worker's build current", () => {
    expect(settings.get("WORKER_MAKE_CURRENT")).toBe("true");
  });
});

describe.each(["dashboard.json", "alert-rules.yml"])("deploy/grafana/%s", (file) => {
  const asked = (text: string) => [...new Set([...text.matchAll(/\bidem_\w+/g)].map(([name]) => name))];
  const registered = filesBelow("src/main").flatMap((path) => asked(read(path)));

  test("asks for no metric that does not exist", () => {
    const series = asked(read("deploy", "grafana", file)).map((name) => name.replace(/_(bucket|count|sum)$/, ""));
    expect(series.length).toBeGreaterThan(5);
    expect(series.filter((name) => !registered.includes(name))).toEqual([]);
  });
});

describe("the operations page's metrics", () => {
  test("are all there are", () => {
    const section = sectionOf(read("docs", "operations.md"), "Monitoring");
    const registered = filesBelow("src/main").flatMap((path) =>
      [...read(path).matchAll(/name: "(idem_\w+)"/g)].map(([, name = ""]) => name),
    );
    expect(registered.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the architecture page", () => {
  test("lists the tables of the order database and no other", () => {
    const created = filesBelow("src/database/migrations")
      .flatMap((file) => [...read(file).matchAll(/create table (?:if not exists )?(\w+)/g)])
      .map(([, name = ""]) => name);
    const section = sectionOf(read("docs", "architecture.md"), "The order database");
    expect(namesOf(section).toSorted()).toEqual(created.toSorted());
  });
});

describe("the contract", () => {
  const contract = read("docs", "contract.md");
  const clauses = new Set([...contract.matchAll(/^- \*\*([KEM]\d+)\*\* /gm)].map(([, clause]) => clause));
  const sections = new Set([...contract.matchAll(/^## (\d+)\. /gm)].map(([, section]) => section));

  test("has the clauses K1 to K11, E1 to E9 and M1 to M17, and the sections 1 to 9", () => {
    const numbered = (prefix: string, last: number) => Array.from({ length: last }, (_, at) => `${prefix}${at + 1}`);
    expect([...clauses]).toEqual([...numbered("K", 11), ...numbered("E", 9), ...numbered("M", 17)]);
    expect([...sections]).toEqual(numbered("", 9));
  });

  /** What a text cites: a clause by its number, or a section. */
  function citedBy(text: string): string[] {
    const numbers = [...text.matchAll(/\b(?:sections? |contract,? )(\d+)/gi)].map(([, section = ""]) => section);
    return [...[...text.matchAll(/(?<![\w-])[KEM]\d{1,2}(?![\w-])/g)].map(([clause]) => clause), ...numbers];
  }

  test("has no claim that no test names", () => {
    const named = filesBelow("test")
      .filter((path) => path.endsWith(".test.ts") && path !== join("test", "unit", "documentation.test.ts"))
      .flatMap((path) => citedBy(read(path)));
    const claims = [...clauses].filter((clause) => clause?.startsWith("M"));
    expect(claims.filter((claim) => claim === undefined || !named.includes(claim))).toEqual([]);
  });

  test("has every clause and section that code, tests and documentation cite", () => {
    const citing = ["src", "workflows", "activities", "simulator", "dev", "bench", "test", "docs"]
      .flatMap(filesBelow)
      .filter((path) => /\.(ts|mjs|md)$/.test(path) && !path.includes("node_modules"));
    const unknown = [...PAGES, ...citing].flatMap((path) =>
      citedBy(read(path))
        .filter((cited) => !clauses.has(cited) && !sections.has(cited))
        .map((cited) => `${path} cites ${cited}`),
    );
    expect([...new Set(unknown)]).toEqual([]);
  });
});

/** The anchors of a page, as a renderer derives them from its headings. */
function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(PAGES)("%s", (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:|\/)([^)#]*)(?:#([^)]*))?\)/g)].map(([, name = "", anchor]) => ({
    target: name === "" ? path : join(path, "..", name),
    anchor,
  }));

  test("names only existing files", () => {
    const named = [
      ...read(path).matchAll(/`((?:src|workflows|activities|test|docs|dev|simulator|deploy|bench)\/[\w./-]+)`/g),
    ].map(([, name = ""]) => name);
    const missing = [...named, ...links.map(({ target }) => target)].filter(
      (name) => !existsSync(join(checkout, name)) && !existsSync(join(checkout, `${name}.md`)),
    );
    expect(missing).toEqual([]);
  });

  test("links only to existing headings", () => {
    const broken = links.filter(({ target, anchor }) => anchor !== undefined && !anchorsOf(target).includes(anchor));
    expect(broken).toEqual([]);
  });

  test("names only existing npm scripts", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const used = [...read(path).matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !(name in scripts))).toEqual([]);
  });
});
