import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { EXAMPLE_DETAILS } from "../../src/api/openapi/problem-examples.js";
import { PROBLEMS } from "../../src/api/problem.js";
import { ERROR_CODES } from "../../src/domain/problem-error.js";

const pages = resolve(import.meta.dirname, "../../docs/problems");

/** The list in docs/contract.md, section 7. */
const STATUS: Record<(typeof ERROR_CODES)[number], number> = {
  "malformed-json": 400,
  "idempotency-key-missing": 400,
  "idempotency-key-invalid": 400,
  "invalid-parameter": 400,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "idempotency-key-reused": 409,
  "reference-in-use": 409,
  "order-not-cancellable": 409,
  "address-fixed": 409,
  "refund-exceeds-captured": 409,
  "not-awaiting-decision": 409,
  "nothing-to-resolve": 409,
  "stock-below-reserved": 409,
  "webhook-endpoint-limit": 409,
  "order-purged": 410,
  "payload-too-large": 413,
  "unsupported-media-type": 415,
  "invalid-request": 422,
  "rate-limited": 429,
  internal: 500,
  unavailable: 503,
};

function headingsOf(page: string): string[] {
  const prose = page.replace(/^```[\s\S]*?^```$/gm, "");
  return prose.split("\n").filter((line) => line.startsWith("#"));
}

test("there is one page for each problem", () => {
  expect(readdirSync(pages).toSorted()).toEqual(ERROR_CODES.map((code) => `${code}.md`).toSorted());
});

describe.each(ERROR_CODES)("%s", (code) => {
  const page = readFileSync(join(pages, `${code}.md`), "utf8");

  test("has the status of the contract", () => {
    expect(PROBLEMS[code].status).toBe(STATUS[code]);
  });

  test("has the problem's title and says what happened, why and what to do", () => {
    expect(headingsOf(page)).toEqual([`# ${PROBLEMS[code].title}`, "## What happened", "## Why", "## What to do"]);
  });

  test("shows an example response of its own", () => {
    const shown = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => JSON.parse(text));
    expect(shown).toHaveLength(1);
    const { status, title } = PROBLEMS[code];
    const type = `https://orders.example/problems/${code}`;
    expect(shown[0]).toMatchObject({ type, code, status, title, detail: EXAMPLE_DETAILS[code] });
  });

  test("links only to existing pages", () => {
    const links = [...page.matchAll(/\]\(([^)/]+)\)/g)].map(([, slug = ""]) => slug);
    expect(links.filter((slug) => !(ERROR_CODES as readonly string[]).includes(slug))).toEqual([]);
  });
});
