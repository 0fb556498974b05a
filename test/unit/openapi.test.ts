import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AppDeps } from "../../src/api/app-deps.js";
import { createApp } from "../../src/api/app.js";
import { openApiDocument } from "../../src/api/openapi/document.js";
import { OPERATIONS } from "../../src/api/openapi/route-operations.js";
import { PROBLEMS } from "../../src/api/problem.js";
import { ROUTES } from "../../src/api/routes/index.js";

// Routes are registered without being called, so nothing behind them is needed.
const app = createApp({ database: {}, rateLimit: 1, publicUrl: "https://idem.example" } as AppDeps);
interface Parameter {
  name: string;
  required?: boolean;
  schema?: { maximum?: number };
}

const document = openApiDocument("https://idem.example") as {
  openapi: string;
  paths: Record<string, Record<string, { parameters?: Parameter[]; responses: Record<string, unknown> }>>;
};

/** A route's path as the document has it. */
const documented = (path: string) => path.replace(/:(\w+)/g, "{$1}");

/** For people: no part of the API. */
const isPage = (path: string) => path === "/docs/:asset" || /^\/(console|guides|llms)/.test(path);

const served = new Set(
  app.routes
    .filter(({ method, path }) => method !== "ALL" && !isPage(path))
    .map(({ method, path }) => `${method.toLowerCase()} ${documented(path)}`),
);

describe("the OpenAPI document", () => {
  test("describes every route that is served, and no other", () => {
    expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...served].sort());
  });

  test("is OpenAPI 3.1 and holds every operation", () => {
    expect(document.openapi).toBe("3.1.0");
    for (const { method, path } of OPERATIONS)
      expect(document.paths[path]?.[method], `${method} ${path}`).toBeDefined();
  });

  test("passes the linter without an error or a warning", () => {
    const folder = mkdtempSync(join(tmpdir(), "idem-openapi-"));
    const file = join(folder, "openapi.json");
    writeFileSync(file, JSON.stringify(document));
    const options = ["--extends", "recommended-strict", "--format", "json"];
    const { stdout } = spawnSync("npx", ["redocly", "lint", file, ...options], {
      encoding: "utf8",
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    });
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0, ignored: 0 } });
  });

  test("documents 401 and 429 for every operation that requires an API key, and no credential for the others", () => {
    for (const { id, access, refusals } of OPERATIONS) {
      const isKey = ["any key", "merchant", "operator"].includes(access);
      expect([id, refusals.includes("unauthorized") && refusals.includes("rate-limited")]).toEqual([id, isKey]);
    }
  });

  test("has a page wherever up to 100 items may be asked for, and its items are counted (K11)", () => {
    const pages = ROUTES.filter(({ isPage }) => isPage).map(({ path }) => documented(path));
    const described = OPERATIONS.filter(({ method, path }) =>
      document.paths[path]?.[method]?.parameters?.some(
        ({ name, schema }) => name === "limit" && schema?.maximum === 100,
      ),
    );
    expect(pages.sort()).toEqual(described.map(({ path }) => path).sort());
    expect(pages).toContain("/v1/orders");
  });

  test.each(OPERATIONS.filter(({ keyed }) => keyed))("asks for the key at $method $path", ({ method, path }) => {
    const parameters = document.paths[path]?.[method]?.parameters ?? [];
    expect(parameters.find(({ name }) => name === "Idempotency-Key")?.required).toBe(true);
  });

  test.each(OPERATIONS)("documents every problem of $method $path under its status", ({ method, path, refusals }) => {
    const recorded = JSON.stringify(document.paths[path]?.[method]?.responses);
    for (const code of refusals) {
      expect(document.paths[path]?.[method]?.responses[PROBLEMS[code].status]).toBeDefined();
      expect(recorded).toContain(`/problems/${code}`);
    }
  });
});
