import type { Operation } from "../../idempotency/derived-ids.js";
import {
  type AttentionBatch,
  beginAttentionBatch,
  pauseAttentionBatch,
  readAttentionBatch,
  readBatchItems,
} from "../../services/resolve-batch.js";
import { readKeyed } from "../read-keyed-request.js";
import { answerStored } from "../replayed-answer.js";
import { AttentionBatchRequest } from "../schemas/batch-bodies.js";
import { checkQuery } from "../schemas/check-query.js";
import { BATCH_CURSORS, BatchItemsQuery } from "../schemas/list-queries.js";
import { NoContent } from "../schemas/webhook-bodies.js";
import type { Route } from "./route.js";

const BATCHES = "/v1/attentions/batch";

function presentBatch(batch: AttentionBatch) {
  const { id, cause, action, reason, keyId, createdAt, pausedAt, done, failed, pending, failures } = batch;
  return {
    ...{ id, filter: { ...(cause !== null && { cause }) }, action, reason, key: keyId },
    ...{ createdAt: createdAt.toISOString(), paused: pausedAt !== null, done, failed, pending },
    failures: failures.map(({ attentionId, orderId, problem }) => ({ attentionId, orderId, problem })),
    links: { self: `${BATCHES}/${id}` },
  };
}

export const beginAttentionBatchRoute: Route = {
  method: "post",
  path: BATCHES,
  role: "operator",
  handle: (deps) => async (c) => {
    const scope = { operation: "resolve-attentions", parentId: null } as const;
    const request = await readKeyed(c, { scope, schema: AttentionBatchRequest });
    const stored = await beginAttentionBatch(deps, { request, present: presentBatch });
    c.header("Location", `${BATCHES}/${request.id}`);
    return answerStored(c, stored, 202);
  },
};

export const readAttentionBatchRoute: Route = {
  method: "get",
  path: `${BATCHES}/:batchId`,
  role: "operator",
  handle: (deps) => async (c) => {
    const { tenant } = c.get("principal");
    return c.json(presentBatch(await readAttentionBatch(deps, { tenant, batchId: c.req.param("batchId") ?? "" })));
  },
};

export const listBatchItemsRoute: Route = {
  method: "get",
  path: `${BATCHES}/:batchId/items`,
  role: "operator",
  isPage: true,
  handle: (deps) => async (c) => {
    const { cursor, limit } = checkQuery(BatchItemsQuery, c.req.url);
    const { tenant } = c.get("principal");
    const page = { tenant, batchId: c.req.param("batchId") ?? "", after: BATCH_CURSORS.open(cursor), limit };
    const { items, next } = await readBatchItems(deps, page);
    return c.json({
      items: items.map(({ attentionId, orderId, status, problem }) => ({ attentionId, orderId, status, problem })),
      nextCursor: next && BATCH_CURSORS.seal(next),
    });
  },
};

function pauseRoute(path: string, operation: Operation, isPaused: boolean): Route {
  return {
    method: "post",
    path: `${BATCHES}/:batchId/${path}`,
    role: "operator",
    handle: (deps) => async (c) => {
      const batchId = c.req.param("batchId") ?? "";
      const scope = { operation, parentId: batchId };
      const request = await readKeyed(c, { scope, schema: NoContent, mayBeEmpty: true });
      return answerStored(
        c,
        await pauseAttentionBatch(deps, { batchId, request, isPaused, present: presentBatch }),
        200,
      );
    },
  };
}

export const pauseAttentionBatchRoute = pauseRoute("pause", "pause-attention-batch", true);
export const resumeAttentionBatchRoute = pauseRoute("resume", "resume-attention-batch", false);
