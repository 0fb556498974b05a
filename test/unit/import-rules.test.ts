import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

// Each line breaks one rule; the words are the beginning of the message that says where to go instead.
const REFUSED: [file: string, line: string, message: string][] = [
  ["src/domain/a.ts", 'import { b } from "../database/b.js";', "src/domain imports itself and"],
  ["src/domain/rules/a.ts", 'import { b } from "../../services/b.js";', "src/domain imports itself and"],
  ["src/domain/b.ts", 'import { z } from "zod";', "src/domain is pure"],
  ["src/domain/c.ts", 'import { join } from "node:path";', "src/domain is pure"],
  ["src/idempotency/a.ts", 'import { b } from "../domain/b.js";', "src/idempotency is pure"],
  ["workflows/a.ts", 'import { b } from "../activities/b.js";', "A workflow knows activities by their types"],
  ["workflows/b.ts", 'import { b } from "../src/database/b.js";', "Workflows are sandboxed"],
  ["workflows/c.ts", 'import type { b } from "../src/providers/email/b.js";', "Workflows are sandboxed"],
  ["workflows/f.ts", 'import { b } from "../src/domain/rules/b.js";', "A run goes by snapshots"],
  ["workflows/d.ts", 'import { randomUUID } from "node:crypto";', "Workflows import no package"],
  ["workflows/e.ts", 'import { Client } from "@temporalio/client";', "Workflows import no package"],
  ["activities/a.ts", 'import { b } from "../workflows/b.js";', "Activities use src/domain"],
  ["activities/b.ts", 'import { b } from "../src/api/b.js";', "Activities use src/domain"],
  [
    "activities/c.ts",
    'import { b } from "../src/providers/payment/stripe-gateway.js";',
    "Activities speak to a provider's port",
  ],
  ["activities/d.ts", 'import { Pool } from "pg";', "Activities reach PostgreSQL through src/database"],
  ["src/api/a.ts", 'import { Client } from "@temporalio/client";', "The API is a thin adapter"],
  ["src/api/routes/b.ts", 'import { Pool } from "pg";', "The API is a thin adapter"],
  ["src/api/routes/c.ts", 'import { b } from "../../../workflows/b.js";', "The API is a thin adapter"],
  ["src/api/d.ts", 'import { b } from "../../activities/b.js";', "The API is a thin adapter"],
  ["src/api/e.ts", 'import { b } from "../providers/email/b.js";', "The API is a thin adapter"],
  ["src/api/f.ts", 'import { b } from "../database/b.js";', "The API is a thin adapter"],
  ["src/console/a.tsx", 'import { b } from "../database/b.js";', "The console is a client of the API"],
  ["src/console/b.tsx", 'import { b } from "../api/routes/b.js";', "The console is a client of the API"],
  ["src/services/a.ts", 'import { Hono } from "hono";', "Services know nothing of HTTP"],
  ["src/services/b.ts", 'import { z } from "@hono/zod-openapi";', "Services know nothing of HTTP"],
  ["src/services/c.ts", 'import { b } from "../api/b.js";', "Services use src/database, src/temporal and src/domain"],
  ["src/services/d.ts", 'import { b } from "../providers/b.js";', "Services use src/database"],
  ["src/database/a.ts", 'import { Client } from "@temporalio/client";', "src/database is PostgreSQL alone"],
  ["src/database/migrations/b.ts", 'import { b } from "../../services/b.js";', "src/database imports src/domain"],
  ["src/providers/email/a.ts", 'import { b } from "../../services/b.js";', "src/providers imports src/domain only"],
  ["src/providers/c.ts", 'import type { b } from "../database/b.js";', "src/providers imports src/domain only"],
  ["src/providers/b.ts", 'import { Pool } from "pg";', "A provider adapter speaks to one provider"],
  ["src/temporal/a.ts", 'import { b } from "../database/b.js";', "src/temporal imports src/domain"],
  ["src/main/a.ts", 'import { createPool } from "../database/pool.js";', "The pool belongs to src/database"],
  ["activities/f.ts", 'import { createPool } from "../src/database/pool.js";', "The pool belongs to src/database"],
  ["src/services/e.ts", 'import { createPool } from "../database/pool.js";', "The pool belongs to src/database"],
  ["src/background/a.ts", 'import { b } from "../api/b.js";', "Background jobs use"],
  ["src/config/a.ts", 'import { b } from "../database/b.js";', "src/config reads the environment"],
  ["dev/a.ts", 'import { b } from "../src/database/b.js";', "Dev tooling starts programs"],
  ["simulator/a.ts", 'import { b } from "../src/domain/b.js";', "The simulator plays the providers"],
  ["simulator/b.ts", 'import Stripe from "stripe";', "The simulator plays the providers"],
  ["src/database/c.ts", "export const url = process.env.DATABASE_URL;", "Only src/config reads the environment"],
  ["activities/e.ts", "export const { env } = process;", "Only src/config reads the environment"],
];

const ALLOWED: [file: string, line: string][] = [
  ["workflows/ok.ts", 'import type { b } from "../activities/b.js";\nexport type B = b;'],
  [
    "workflows/fine.ts",
    'import { b } from "../src/domain/b.js";\nimport { sleep } from "@temporalio/workflow";\nvoid sleep(b);',
  ],
  ["src/domain/ok.ts", 'import { b } from "../idempotency/derived-ids.js";\nb();'],
  ["src/domain/rules/ok.ts", 'import { b } from "../status.js";\nb();'],
  ["activities/ok.ts", 'import { b } from "../src/providers/payment/payment-gateway.js";\nb();'],
  ["src/config/ok.ts", "export const url = process.env.DATABASE_URL;"],
  ["src/api/routes/ok.ts", 'import { b } from "../../services/b.js";\nb();'],
];

const checkout = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "idem-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

function lint(): Map<string, string> {
  copyFileSync(join(checkout, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [file, text] of [...REFUSED, ...ALLOWED]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  }
  const binary = join(checkout, "node_modules", "oxlint", "bin", "oxlint");
  const { stdout } = spawnSync(process.execPath, [binary, "-f", "json"], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; message: string; help?: string }[] };
  const recorded = new Map<string, string>();
  for (const { filename, message, help = "" } of diagnostics) {
    recorded.set(filename, `${recorded.get(filename) ?? ""}${message} ${help}\n`);
  }
  return recorded;
}

const recorded = lint();

test.each(REFUSED)("%s may not say: %s", (file, _line, message) => {
  expect(recorded.get(file)).toContain(message);
});

test.each(ALLOWED)("%s may say: %s", (file) => {
  expect(recorded.get(file) ?? "").not.toMatch(/instead|import|environment/i);
});
