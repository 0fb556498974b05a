import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { OPERATIONS, type Operation } from "../../src/api/openapi/route-operations.js";
import { PROBLEMS } from "../../src/api/problem.js";
import { Problem } from "../../src/api/schemas/responses.js";
import type { ErrorCode } from "../../src/domain/problem-error.js";

/** Problems of paths and methods that no operation serves. A 500 is in no list: it is always a defect. */
const UNSERVED: readonly ErrorCode[] = ["not-found", "method-not-allowed"];

/** Holds a JSON answer against what its route documents for its status; throws what differs. */
export function checkAnswer(method: string, url: string, status: number, body: unknown): void {
  const { pathname } = new URL(url);
  const operation = OPERATIONS.find((one) => serves(one, method, pathname));
  try {
    const schema = schemaOf(operation, status);
    if (schema) checkBody(schema, body);
    else checkProblem(operation?.refusals ?? [], status, body);
  } catch (error) {
    throw new Error(`${method} ${operation?.path ?? pathname} ${status} is not as documented: ${text(body)}`, {
      cause: error,
    });
  }
}

function serves({ method, path }: Operation, asked: string, pathname: string): boolean {
  return method === asked.toLowerCase() && new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
}

function schemaOf(operation: Operation | undefined, status: number): z.ZodType | undefined {
  const answers = Object.entries(operation?.answers ?? {});
  return answers.find(([documented]) => Number(documented) === status)?.[1].schema;
}

/** Unknown members are left out by the schema, and so are a difference. */
function checkBody(schema: z.ZodType, body: unknown): void {
  const known = schema.parse(body);
  if (!isDeepStrictEqual(known, body)) throw new Error(`it documents ${text(known)}`);
}

function checkProblem(documented: readonly ErrorCode[], status: number, body: unknown): void {
  if (status < 400) throw new Error(`no body is documented for ${status}`);
  checkBody(Problem, body);
  const { code, type } = Problem.parse(body);
  if (!type.endsWith(`/problems/${code}`)) throw new Error(`its type is not the page of ${code}`);
  if (PROBLEMS[code].status !== status) throw new Error(`no problem of status ${status} has the code ${code}`);
  if (![...documented, ...UNSERVED].includes(code)) throw new Error(`it documents ${documented.join(", ")}`);
}

const text = (body: unknown) => JSON.stringify(body);
