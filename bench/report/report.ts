import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commit } from "./commit.js";
import { GOALS, type GoalName, keeps, shown } from "./figure.js";
import type { Ratio, Section, Table } from "./section.js";

export interface Report {
  machine: { cores: number; memoryGiB: number; node: string };
  ratios: Record<string, Ratio>;
  sections: Written[];
}

/** A section as the report holds it. */
interface Written extends Section {
  measuredAt: string;
  commit: string;
}

const FOLDER = fileURLToPath(new URL("../../../bench/", import.meta.url));

/** Writes report.json, report.md and the plots. A section that was measured earlier stays until it is measured again. */
export function writeReport(measured: readonly Section[]): Report {
  const path = join(FOLDER, "report.json");
  const earlier = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Report).sections : [];
  const kept = earlier.filter(({ name }) => !measured.some((section) => section.name === name));
  const written = measured.map((section) => ({ ...section, measuredAt: new Date().toISOString(), commit: commit() }));
  const sections = [...written, ...kept].toSorted((one, other) => ORDER.indexOf(one.name) - ORDER.indexOf(other.name));
  const report: Report = {
    machine: {
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    ratios: Object.assign({}, ...sections.map(({ ratios }) => ratios)),
    sections,
  };
  mkdirSync(join(FOLDER, "plots"), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(FOLDER, "report.md"), asMarkdown(report, readFileSync(join(FOLDER, "findings.md"), "utf8")));
  for (const { name, svg } of sections.flatMap(({ plots }) => plots)) {
    writeFileSync(join(FOLDER, "plots", `${name}.svg`), svg);
  }
  return report;
}

const ORDER = [
  "side-by-side",
  "to-delivery",
  "profile",
  "profile-to-delivery",
  "growth",
  "open-runs",
  "order-shapes",
  "neighbours",
  "cluster",
];

/** `findings`: what explains the figures, which a person writes. */
function asMarkdown({ machine, ratios, sections }: Report, findings: string): string {
  return [
    "# Measurements",
    "Written by `npm run bench`, each section by its own command. Read the ratios: both sides of each were measured in turn in one run; given are the median and the spread.",
    `Machine: ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}.`,
    "## Goals",
    tableOf(goals(ratios)),
    findings.trim(),
    ...sections.flatMap(asSection),
    "",
  ].join("\n\n");
}

export function goals(ratios: Readonly<Record<string, Ratio>>): Table {
  const rows = (Object.keys(GOALS) as GoalName[]).map((name) => {
    const ratio = ratios[name];
    const { goal, better } = GOALS[name];
    const wanted = `${better === "more" ? ">=" : "<="} ${goal}`;
    if (!ratio) return [name, wanted, "not measured", ""];
    return [name, wanted, shown(ratio, 2), keeps(name, ratio.value, goal) ? "met" : "missed"];
  });
  return { caption: "Goals", columns: ["figure", "goal", "measured", ""], rows };
}

function asSection({ title, measuredAt, commit, tables, plots, notes }: Written): string[] {
  return [
    `## ${title}`,
    `Measured ${measuredAt} at commit ${commit}.`,
    ...tables.flatMap((table) => [`### ${table.caption}`, tableOf(table)]),
    ...plots.map(({ name, caption }) => `![${caption}](plots/${name}.svg)`),
    notes.map((note) => `- ${note}`).join("\n"),
  ];
}

function tableOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The table as text for a terminal. */
export function asText({ caption, columns, rows }: Table): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ");
  return [caption, line(columns), ...rows.map(line), ""].join("\n");
}
