import type { z } from "zod";
import type { Json } from "../idempotency/strict-json.js";
import { ProblemError, type ValidationIssue } from "../domain/problem-error.js";

/** The body by its schema; throws a ProblemError that points at every issue. */
export function checkBody<T>(schema: z.ZodType<T>, body: Json): T {
  const checked = schema.safeParse(body);
  if (checked.success) return checked.data;
  throw new ProblemError("invalid-request", "Some fields are missing, unknown or out of range.", {
    issues: checked.error.issues.flatMap(toIssues),
  });
}

function toIssues(issue: z.core.$ZodIssue): ValidationIssue[] {
  const at = pointer(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({ pointer: at + pointer([name]), message: "Unknown field" }));
  }
  return [{ pointer: at, message: messageOf(issue) }];
}

/** Zod's own words are for programmers; ours say what to send. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.input === undefined) return "Required";
  if (issue.code === "invalid_type" && issue.expected === "int")
    return "Must be a whole number in minor units (1250, not 12.50)";
  return issue.message
    .replace(/^Invalid input: expected (\w+).*$/, "Must be of type $1")
    .replace(/^Too (big|small): expected /, "Expected ");
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
