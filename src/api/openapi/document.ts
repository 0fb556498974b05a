import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/problem-error.js";
import { PROBLEMS } from "../problem.js";
import { ORDER_ID, Problem } from "../schemas/responses.js";
import { Sku, OrderId, RefundId } from "../schemas/text.js";
import { AttentionBatchId } from "../schemas/batch-bodies.js";
import { WebhookDeliveryId, WebhookEndpointId } from "../schemas/webhook-bodies.js";
import { ProblemSlug } from "../schemas/problem-slug.js";
import { answerHeaders, problemHeaders, requestHeaders } from "./headers.js";
import { EXAMPLE_DETAILS } from "./problem-examples.js";
import { type Access, type Answer, OPERATIONS, type Operation, TAGS } from "./route-operations.js";

const DESCRIPTION = `Submit an order as often as you like; it happens once.

\`POST /v1/...\` routes require an \`Idempotency-Key\`: the same key with the same body is the same request, forever;
with another body it is rejected. Amounts are integers in minor units, times RFC 3339 UTC with milliseconds.`;

/** What identifies a caller: a key of one of three roles, or a provider's signature. */
const SCHEMES = {
  merchantKey: {
    type: "http",
    scheme: "bearer",
    description: "An API key with the role `merchant`: the shop's system.",
  },
  operatorKey: {
    type: "http",
    scheme: "bearer",
    description: "An API key with the role `operator`: the shop's staff.",
  },
  supportKey: {
    type: "http",
    scheme: "bearer",
    description: "An API key with the role `support`: it reads everything of its tenant, and changes nothing.",
  },
  stripeSignature: {
    type: "apiKey",
    in: "header",
    name: "Stripe-Signature",
    description: "HMAC-SHA256 over time and raw bytes, as Stripe signs webhooks.",
  },
  warehouseSignature: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description: "HMAC-SHA256 over id, time and raw bytes, by the Standard Webhooks scheme.",
  },
} as const;

/** The schemes of which any one suffices. */
const SECURITY: Record<Access, readonly (keyof typeof SCHEMES)[]> = {
  anyone: [],
  "any key": ["merchantKey", "operatorKey"],
  merchant: ["merchantKey"],
  operator: ["operatorKey"],
  Stripe: ["stripeSignature"],
  warehouse: ["warehouseSignature"],
};

function schemesOf({ access, method }: Operation): readonly (keyof typeof SCHEMES)[] {
  const isRead = method === "get" && SECURITY[access].some((scheme) => scheme.endsWith("Key"));
  return isRead ? [...SECURITY[access], "supportKey"] : SECURITY[access];
}

const PATH_PARAMETERS: Record<string, z.ZodType> = {
  id: OrderId,
  refundId: RefundId,
  sku: Sku,
  slug: ProblemSlug,
  endpointId: WebhookEndpointId,
  deliveryId: WebhookDeliveryId,
  batchId: AttentionBatchId,
};

/** The OpenAPI 3.1 document, made from the schemas that validate. */
export function openApiDocument(publicUrl: string): object {
  const app = new OpenAPIHono();
  for (const [name, scheme] of Object.entries(SCHEMES))
    app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  for (const operation of OPERATIONS) app.openAPIRegistry.registerPath(describe(operation, publicUrl));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Idem",
      version: "1",
      description: DESCRIPTION,
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: publicUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
}

function describe(operation: Operation, publicUrl: string): RouteConfig {
  const { method, path, id, tag, summary, description, body, query } = operation;
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, PATH_PARAMETERS[name]] as const);
  const headers = requestHeaders(operation);
  return {
    method,
    path,
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: schemesOf(operation).map((scheme) => ({ [scheme]: [] })),
    request: {
      ...(parameters.length > 0 && { params: z.object(Object.fromEntries(parameters)) }),
      ...(query && { query }),
      ...(headers && { headers }),
      ...(body && {
        body: { required: !operation.bodyOptional, content: { "application/json": { schema: body } } },
      }),
    },
    responses: { ...refusals(operation, publicUrl), ...HEADERS_TOO_LARGE, ...answers(operation) },
  };
}

/** Node's own answer, before a request is one of ours. */
const HEADERS_TOO_LARGE = { 431: { description: "The headers of the request are larger than 16 KiB. No body." } };

function answers(operation: Operation): RouteConfig["responses"] {
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        headers: answerHeaders(operation, status),
        content: contentOf(answer),
        ...(answer.links && { links: answer.links }),
      },
    ]),
  );
}

function contentOf({ schema, mediaType = "application/json", event }: Answer) {
  return {
    ...(schema && { [mediaType]: { schema } }),
    ...(event && { "text/event-stream": { schema: event } }),
  };
}

/** Problems by status: several codes may share one. */
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
        headers: problemHeaders(codes),
        content: {
          "application/problem+json": {
            schema: Problem.extend({ code: z.enum(codes) }),
            examples: examples(codes, publicUrl),
          },
        },
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
        code,
        title,
        status,
        detail: EXAMPLE_DETAILS[code],
        requestId: "0b4b8f6e-0c8a-4a51-9b52-6f4d3f1f8a11",
        ...(code === "reference-in-use" && { links: { order: `/v1/orders/${ORDER_ID}` } }),
        ...(code === "invalid-request" && {
          errors: [{ pointer: "/total", message: "Must equal the sum of lines and adjustments" }],
        }),
      };
      return [code, { value }];
    }),
  );
}
