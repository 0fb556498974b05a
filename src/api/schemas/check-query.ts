import type { z } from "zod";
import { ProblemError } from "../../domain/problem-error.js";

/** Query parameters by a schema: each once, none unknown. */
export function checkQuery<T>(schema: z.ZodType<T>, url: string): T {
  const given = new URL(url).searchParams;
  const names = [...given.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw parameterError(repeated, "is given twice");
  const checked = schema.safeParse(Object.fromEntries(given));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === "unrecognized_keys") throw parameterError(issue.keys[0] ?? "", "is unknown");
  throw parameterError(String(issue?.path[0] ?? ""), issue?.message ?? "is not valid");
}

export function parameterError(name: string, problem: string): ProblemError {
  return new ProblemError("invalid-parameter", `The parameter ${JSON.stringify(name.slice(0, 50))} ${problem}.`);
}
