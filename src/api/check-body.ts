import type { z } from "zod";
import type { Json } from "../idempotency/strict-json.js";
import { type Fault, Refusal } from "../domain/problem-error.js";

/** The body by its schema, or a refusal that points at every fault. */
export function checkBody<T>(schema: z.ZodType<T>, body: Json): T {
  const checked = schema.safeParse(body);
  if (checked.success) return checked.data;
  throw new Refusal("invalid-request", "Some members of the body are missing, unknown or out of range.", {
    faults: checked.error.issues.flatMap(toFaults),
  });
}

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  const at = pointer(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({ pointer: at + pointer([name]), message: "is not a known member" }));
  }
  return [{ pointer: at, message: issue.message }];
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
