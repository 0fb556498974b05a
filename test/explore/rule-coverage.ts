import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { type Profiler, Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";

/** A branch of the rules that nothing took, as `file:line`. */
export interface UntakenBranch {
  at: string;
  text: string;
}

const RULES = "/src/domain/rules/";
/** A branch that only throws is taken by a defect alone. */
const THROWS = /^[\s{]*throw\b/;

/** Watches which branches of src/domain/rules are taken; to be started before anything of it is loaded. */
export class RuleCoverage {
  private readonly session = new Session();

  async start(): Promise<void> {
    this.session.connect();
    await this.session.post("Profiler.enable");
    await this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  async untaken(): Promise<UntakenBranch[]> {
    const { result } = await this.session.post("Profiler.takePreciseCoverage");
    return result.filter(({ url }) => url.includes(RULES)).flatMap(untakenOf);
  }
}

function untakenOf({ url, functions }: Profiler.ScriptCoverage): UntakenBranch[] {
  const file = fileURLToPath(url);
  const code = readFileSync(file, "utf8");
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  const ranges = functions.flatMap((one) => one.ranges).filter(({ count }) => count === 0);
  return ranges
    .map(({ startOffset, endOffset }) => ({ startOffset, text: code.slice(startOffset, endOffset) }))
    .filter(({ text }) => text.trim() !== "" && !THROWS.test(text))
    .map(({ startOffset, text }) => {
      const before = code.slice(0, startOffset + text.length - text.trimStart().length).split("\n");
      const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
      const line = "originalLine" in entry ? entry.originalLine + 1 : before.length;
      return { at: `${url.slice(url.indexOf(RULES) + 1).replace(/\.js$/, ".ts")}:${line}`, text: oneLine(text) };
    });
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 100 ? `${line.slice(0, 100)}...` : line;
}
