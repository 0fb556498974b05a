import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

// Each line breaks one rule; the words are the beginning of the message that says where to go instead.
const REFUSED: [file: string, line: string, message: string][] = [
  ["src/order/a.ts", 'import { b } from "../book/b.js";', "src/order is the language of orders"],
  ["src/order/b.ts", 'import { z } from "zod";', "src/order is the language of orders"],
  ["src/order/c.ts", 'import { join } from "node:path";', "src/order is the language of orders"],
  ["src/idempotency/a.ts", 'import { b } from "../order/b.js";', "src/idempotency is pure"],
  ["workflows/a.ts", 'import { b } from "../activities/b.js";', "A workflow knows activities by their types"],
  ["workflows/b.ts", 'import { b } from "../src/book/b.js";', "Workflows are sandboxed"],
  ["workflows/c.ts", 'import type { b } from "../src/gateways/mail/b.js";', "Workflows are sandboxed"],
  ["workflows/d.ts", 'import { randomUUID } from "node:crypto";', "Workflows import no package"],
  ["workflows/e.ts", 'import { Client } from "@temporalio/client";', "Workflows import no package"],
  ["activities/a.ts", 'import { b } from "../workflows/b.js";', "Activities do not know workflows"],
  ["activities/b.ts", 'import { b } from "../src/http/b.js";', "Activities use src/order"],
  [
    "activities/c.ts",
    'import { b } from "../src/gateways/payment/stripe-gateway.js";',
    "Activities speak to a gateway's port",
  ],
  ["activities/d.ts", 'import { Pool } from "pg";', "Activities reach PostgreSQL through src/book"],
  ["src/http/a.ts", 'import { Client } from "@temporalio/client";', "HTTP is a thin adapter"],
  ["src/http/routes/b.ts", 'import { Pool } from "pg";', "HTTP is a thin adapter"],
  ["src/http/routes/c.ts", 'import { b } from "../../../workflows/b.js";', "HTTP is a thin adapter"],
  ["src/http/d.ts", 'import { b } from "../../activities/b.js";', "HTTP is a thin adapter"],
  ["src/http/e.ts", 'import { b } from "../gateways/mail/b.js";', "HTTP is a thin adapter"],
  ["src/orders/a.ts", 'import { Hono } from "hono";', "Use cases know nothing of HTTP"],
  ["src/orders/b.ts", 'import { z } from "@hono/zod-openapi";', "Use cases know nothing of HTTP"],
  ["src/orders/c.ts", 'import { b } from "../http/b.js";', "Use cases hold the book and the Temporal client"],
  ["src/book/a.ts", 'import { Client } from "@temporalio/client";', "The book is PostgreSQL alone"],
  [
    "src/book/migrations/b.ts",
    'import { b } from "../../orders/b.js";',
    "The book imports src/order and src/idempotency only",
  ],
  ["src/gateways/mail/a.ts", 'import { b } from "../../book/b.js";', "A gateway knows the book by its types"],
  ["src/gateways/mail/b.ts", 'import { b } from "../../orders/b.js";', "A gateway imports src/order only"],
  ["src/gateways/b.ts", 'import { Pool } from "pg";', "A gateway speaks to one party outside"],
  ["src/simulator/a.ts", 'import { b } from "../order/b.js";', "The simulator is the outside world"],
  ["src/simulator/b.ts", 'import Stripe from "stripe";', "The simulator is the outside world"],
  ["src/client/a.ts", 'import { b } from "../order/b.js";', "The client is shipped to callers"],
  ["src/book/c.ts", "export const url = process.env.DATABASE_URL;", "Only src/runtime reads the environment"],
  ["activities/e.ts", "export const { env } = process;", "Only src/runtime reads the environment"],
];

const ALLOWED: [file: string, line: string][] = [
  ["workflows/ok.ts", 'import type { b } from "../activities/b.js";\nexport type B = b;'],
  [
    "workflows/fine.ts",
    'import { b } from "../src/order/b.js";\nimport { sleep } from "@temporalio/workflow";\nvoid sleep(b);',
  ],
  ["activities/ok.ts", 'import { b } from "../src/gateways/payment/payment-gateway.js";\nb();'],
  ["src/runtime/ok.ts", "export const url = process.env.DATABASE_URL;"],
  ["src/http/routes/ok.ts", 'import { b } from "../../orders/b.js";\nb();'],
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
  const told = new Map<string, string>();
  for (const { filename, message, help = "" } of diagnostics) {
    told.set(filename, `${told.get(filename) ?? ""}${message} ${help}\n`);
  }
  return told;
}

const told = lint();

test.each(REFUSED)("%s may not say: %s", (file, _line, message) => {
  expect(told.get(file)).toContain(message);
});

test.each(ALLOWED)("%s may say: %s", (file) => {
  expect(told.get(file) ?? "").not.toMatch(/instead|import|environment/i);
});
