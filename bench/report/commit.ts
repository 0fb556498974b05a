import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The commit that is measured. */
export function commit(): string {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown"; // not a checkout
  }
}
