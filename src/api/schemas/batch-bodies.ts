import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES, RESOLUTIONS } from "../../domain/attention.js";
import { ERROR_CODES } from "../../domain/problem-error.js";
import type { BatchRequest } from "../../services/resolve-batch.js";
import { AttentionId, Count, KeyId, OrderId, Text } from "./text.js";
import { Time } from "./time.js";

const Filter = z
  .strictObject({ cause: z.enum(ATTENTION_CAUSES).optional() })
  .openapi({ description: "Which of the open attentions; all when empty." });

export const AttentionBatchRequest: z.ZodType<BatchRequest> = z
  .strictObject({ filter: Filter, action: z.enum(RESOLUTIONS), reason: Text })
  .openapi("AttentionBatchRequest", {
    example: { filter: { cause: "capture_refused" }, action: "retry", reason: "the bank is back" },
  });

export const AttentionBatchId = z
  .string()
  .regex(/^bat_[a-z2-7]{32}$/)
  .openapi({ example: "bat_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb" });

export const BatchItemList = z
  .object({
    items: z.array(
      z.object({
        attentionId: AttentionId,
        orderId: OrderId,
        status: z.enum(["pending", "done", "failed"]),
        problem: z.enum(ERROR_CODES).nullable().openapi({ description: "Why it failed." }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi("BatchItemList");

export const AttentionBatch = z
  .object({
    id: AttentionBatchId,
    filter: Filter,
    action: z.enum(RESOLUTIONS),
    reason: z.string(),
    key: KeyId.nullable(),
    createdAt: Time,
    paused: z.boolean(),
    done: Count.openapi({ description: "Resolutions that were accepted." }),
    failed: Count.openapi({ description: "Resolutions that were refused." }),
    pending: Count,
    failures: z
      .array(z.object({ attentionId: AttentionId, orderId: OrderId, problem: z.enum(ERROR_CODES) }))
      .openapi({ description: "The first 100 that were refused, with the code of the problem." }),
    links: z.object({ self: z.string() }),
  })
  .openapi("AttentionBatch");
