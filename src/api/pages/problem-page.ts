import { readFile } from "node:fs/promises";
import { marked } from "marked";
import { ERROR_CODES, type ErrorCode } from "../../domain/problem-error.js";
import { page } from "./page.js";
import { projectFile } from "./project-file.js";

/** The page of a problem, from docs/problems; null for a slug that names none. */
export async function problemPage(slug: string): Promise<string | null> {
  if (!ERROR_CODES.includes(slug as ErrorCode)) return null;
  const text = await readFile(projectFile("docs", "problems", `${slug}.md`), "utf8");
  return page(slug, await marked.parse(text));
}
