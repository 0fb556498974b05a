import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/problem-error.js";
import { PROBLEMS } from "../problem.js";
import { Problem } from "../schemas/responses.js";
import { OPERATIONS, type Operation } from "./route-operations.js";

const DESCRIPTION = `Submit an order as often as you like; it happens once.

\`POST /v1/...\` routes require an \`Idempotency-Key\`: the same key with the same body is the same request, forever;
with another body it is rejected. Amounts are integers in minor units, times RFC 3339 UTC with milliseconds.`;

/** The OpenAPI 3.1 document, made from the schemas that validate. */
export function openApiDocument(publicUrl: string): object {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", { type: "http", scheme: "bearer" });
  for (const operation of OPERATIONS) app.openAPIRegistry.registerPath(describe(operation, publicUrl));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Idem", version: "1", description: DESCRIPTION },
    servers: [{ url: publicUrl }],
  });
}

function describe(operation: Operation, publicUrl: string): RouteConfig {
  const { method, path, summary, body, query } = operation;
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, z.string()] as const);
  return {
    method,
    path,
    summary,
    description: operation.description,
    ...(secured(operation) && { security: [{ apiKey: [] }] }),
    request: {
      ...(parameters.length > 0 && { params: z.object(Object.fromEntries(parameters)) }),
      ...(query && { query }),
      ...(requestHeaders(operation) && { headers: requestHeaders(operation) as z.ZodObject }),
      ...(body && {
        body: { required: !operation.bodyOptional, content: { "application/json": { schema: body } } },
      }),
    },
    responses: { ...answers(operation), ...refusals(operation, publicUrl) },
  };
}

function secured({ access }: Operation): boolean {
  return access !== "anyone" && access !== "signature";
}

function requestHeaders({ keyed, waits, path }: Operation): z.ZodObject | null {
  const headers: Record<string, z.ZodType> = {
    ...(keyed && {
      "Idempotency-Key": z.string().openapi({
        description: "8 to 255 visible ASCII characters, bare or in double quotes. One new key for each new action.",
        example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
      }),
    }),
    ...(waits && {
      Prefer: z
        .string()
        .optional()
        .openapi({ description: "`wait=N`, 1 to 30 s: respond once the outcome is known.", example: "wait=5" }),
    }),
    ...(path.endsWith("/events") && {
      "Last-Event-ID": z
        .string()
        .optional()
        .openapi({ description: "The last event received; the stream continues after it.", example: "3" }),
    }),
  };
  return Object.keys(headers).length > 0 ? z.object(headers) : null;
}

function answers({ answers, keyed }: Operation): RouteConfig["responses"] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType }]) => [
      status,
      {
        description,
        headers: answerHeaders(keyed === true, status === "202"),
        ...((schema || mediaType) && {
          content: { [mediaType ?? "application/json"]: { schema: schema ?? z.string() } },
        }),
      },
    ]),
  );
}

function answerHeaders(keyed: boolean, accepted: boolean) {
  return z.object({
    "X-Request-Id": z.uuid().openapi({ description: "Names this request in our logs." }),
    ...(keyed && {
      "Idempotent-Replayed": z
        .literal("true")
        .optional()
        .openapi({ description: "Present on the repeat of an accepted request only." }),
    }),
    ...(accepted && { Location: z.string().openapi({ description: "Equal to `links.self`." }) }),
  });
}

/** Problems by status: several slugs may share one. */
function refusals({ refusals }: Operation, publicUrl: string): RouteConfig["responses"] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...refusals, "internal" as const]) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `[${code}](/problems/${code})`).join(", "),
        content: { "application/problem+json": { schema: Problem, examples: examples(codes, publicUrl) } },
      },
    ]),
  );
}

function examples(codes: readonly ErrorCode[], publicUrl: string) {
  return Object.fromEntries(
    codes.map((code) => {
      const { status, title } = PROBLEMS[code];
      const value = {
        type: `${publicUrl}/problems/${code}`,
        title,
        status,
        detail: title,
        requestId: "0b4b8f6e-0c8a-4a51-9b52-6f4d3f1f8a11",
        ...(code === "invalid-request" && {
          errors: [{ pointer: "/total", message: "Must equal the sum of lines and adjustments" }],
        }),
      };
      return [code, { value }];
    }),
  );
}
