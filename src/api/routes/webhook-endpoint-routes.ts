import type { Context } from "hono";
import type { z } from "zod";
import { ProblemError } from "../../domain/problem-error.js";
import type { Operation } from "../../idempotency/derived-ids.js";
import type { StoredAnswer } from "../../services/answer-once.js";
import type { KeyedRequest } from "../../services/keyed-request.js";
import {
  pingWebhookEndpoint,
  readWebhookDeliveries,
  redeliverWebhook,
  redeliverWebhooks,
} from "../../services/redeliver-webhooks.js";
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  enableWebhookEndpoint,
  listWebhookEndpoints,
  readWebhookEndpoint,
  rotateWebhookSecret,
} from "../../services/manage-webhook-endpoints.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";
import { endpointPath, presentDelivery, presentEndpoint, presentRange } from "../present-webhook.js";
import { readKeyed } from "../read-keyed-request.js";
import { answerStored } from "../replayed-answer.js";
import { checkQuery } from "../schemas/check-query.js";
import { DELIVERY_CURSORS, DeliveryListQuery } from "../schemas/list-queries.js";
import { NoContent, RedeliverRequest, WebhookEndpointRequest } from "../schemas/webhook-bodies.js";
import type { Route } from "./route.js";

const ENDPOINTS = "/v1/webhook-endpoints";
const ENDPOINT = `${ENDPOINTS}/:endpointId`;

function ofEndpoint(c: Context<HttpEnv>) {
  return { tenant: c.get("principal").tenant, endpointId: c.req.param("endpointId") ?? "" };
}

export const createWebhookEndpointRoute: Route = {
  method: "post",
  path: ENDPOINTS,
  role: "merchant",
  handle: (deps) => async (c) => {
    const scope = { operation: "create-webhook-endpoint", parentId: null } as const;
    const keyed = await readKeyed(c, { scope, schema: WebhookEndpointRequest });
    const validate = () => {
      const body = keyed.validate();
      const message = deps.judgeWebhookUrl(body.url);
      if (message === null) return body;
      const issues = [{ pointer: "/url", message }];
      throw new ProblemError("invalid-request", "Events are not delivered to this address.", { issues });
    };
    const stored = await createWebhookEndpoint(deps, { request: { ...keyed, validate }, present: presentEndpoint });
    c.header("Location", endpointPath(keyed.id));
    return answerStored(c, stored, 201);
  },
};

export const listWebhookEndpointsRoute: Route = {
  method: "get",
  path: ENDPOINTS,
  role: "merchant",
  handle: (deps) => async (c) => {
    const endpoints = await listWebhookEndpoints(deps, c.get("principal").tenant);
    return c.json({ items: endpoints.map((endpoint) => presentEndpoint(endpoint)) });
  },
};

export const readWebhookEndpointRoute: Route = {
  method: "get",
  path: ENDPOINT,
  role: "merchant",
  handle: (deps) => async (c) => c.json(presentEndpoint(await readWebhookEndpoint(deps, ofEndpoint(c)))),
};

export const deleteWebhookEndpointRoute: Route = {
  method: "delete",
  path: ENDPOINT,
  role: "merchant",
  handle: (deps) => async (c) => {
    await deleteWebhookEndpoint(deps, ofEndpoint(c));
    return c.body(null, 204);
  },
};

export const listWebhookDeliveriesRoute: Route = {
  method: "get",
  path: `${ENDPOINT}/deliveries`,
  role: "merchant",
  isPage: true,
  handle: (deps) => async (c) => {
    const { cursor, limit, ...filter } = checkQuery(DeliveryListQuery, c.req.url);
    const page = { ...ofEndpoint(c), filter, limit, after: DELIVERY_CURSORS.open(cursor) };
    const { items, next } = await readWebhookDeliveries(deps, page);
    return c.json({ items: items.map(presentDelivery), nextCursor: next && DELIVERY_CURSORS.seal(next) });
  },
};

interface KeyedRoute<T> {
  path: string;
  operation: Operation;
  schema: z.ZodType<T>;
  mayBeEmpty?: boolean;
  act(deps: AppDeps, c: Context<HttpEnv>, request: KeyedRequest<T>): Promise<StoredAnswer>;
}

/** A keyed request about an endpoint or one of its deliveries. */
function keyedRoute<T>({ path, operation, schema, mayBeEmpty = true, act }: KeyedRoute<T>): Route {
  return {
    method: "post",
    path: `${ENDPOINT}/${path}`,
    role: "merchant",
    handle: (deps) => async (c) => {
      const { endpointId = "", deliveryId } = c.req.param() as Partial<Record<string, string>>;
      const parentId = deliveryId === undefined ? endpointId : `${endpointId}/${deliveryId}`;
      const request = await readKeyed(c, { scope: { operation, parentId }, schema, mayBeEmpty });
      return answerStored(c, await act(deps, c, request), 200);
    },
  };
}

export const pingWebhookEndpointRoute = keyedRoute({
  path: "ping",
  operation: "ping-webhook-endpoint",
  schema: NoContent,
  act: (deps, c, request) => pingWebhookEndpoint(deps, { ...ofEndpoint(c), request, present: presentDelivery }),
});

export const rotateWebhookSecretRoute = keyedRoute({
  path: "rotate",
  operation: "rotate-webhook-secret",
  schema: NoContent,
  act: (deps, c, request) => rotateWebhookSecret(deps, { ...ofEndpoint(c), request, present: presentEndpoint }),
});

export const enableWebhookEndpointRoute = keyedRoute({
  path: "enable",
  operation: "enable-webhook-endpoint",
  schema: NoContent,
  act: (deps, c, request) => enableWebhookEndpoint(deps, { ...ofEndpoint(c), request, present: presentEndpoint }),
});

export const redeliverWebhookRoute = keyedRoute({
  path: "deliveries/:deliveryId/redeliver",
  operation: "redeliver-webhook",
  schema: NoContent,
  act: (deps, c, request) => {
    const deliveryId = c.req.param("deliveryId") ?? "";
    return redeliverWebhook(deps, { ...ofEndpoint(c), deliveryId, request, present: presentDelivery });
  },
});

export const redeliverWebhooksRoute = keyedRoute({
  path: "redeliver",
  operation: "redeliver-webhooks",
  schema: RedeliverRequest,
  mayBeEmpty: false,
  act: (deps, c, request) => redeliverWebhooks(deps, { ...ofEndpoint(c), request, present: presentRange }),
});
