import {
  type AttentionBatch,
  type BatchItem,
  beginBatch,
  findBatch,
  type LeasedItem,
  listBatchItems,
  leaseItems,
  pauseBatch,
  recordItem,
} from "../database/queries/attention-batches.js";
import { isUnavailable } from "../database/database.js";
import { ACTIONS, type AttentionCause, type Resolution } from "../domain/attention.js";
import { type ErrorCode, ProblemError } from "../domain/problem-error.js";
import { answerOnce, type StoredAnswer } from "./answer-once.js";
import { createKeyedRequest, type KeyedRequest, notFoundError } from "./keyed-request.js";
import { type ResolutionRequest, resolveOrder } from "./resolve-order.js";
import type { ServiceDeps } from "./service-deps.js";

export type { AttentionBatch };

export interface BatchRequest {
  /** Every open attention when empty. */
  filter: { cause?: AttentionCause | undefined };
  action: Resolution;
  reason: string;
}

type Deps = Pick<ServiceDeps, "database">;
type Present = (batch: AttentionBatch) => object;

/** Begins a batch, once for its key: each attention that is open now has the same resolution, one after another. */
export function beginAttentionBatch(
  { database }: Deps,
  { request, present }: { request: KeyedRequest<BatchRequest>; present: Present },
): Promise<StoredAnswer> {
  const { id, principal } = request;
  return answerOnce(database, request, async (session, { filter, action, reason }) => {
    const cause = filter.cause ?? null;
    if (cause !== null && !ACTIONS[cause].includes(action))
      throw new ProblemError("invalid-request", "This resolution does not fit what needs attention.", {
        issues: [{ pointer: "/action", message: `Is none of ${cause}: ${ACTIONS[cause].join(", ")}` }],
      });
    const { tenant, keyId } = principal;
    await beginBatch(session, { id, tenant, cause, action, reason, keyId });
    return present(await requireBatch(session, tenant, id));
  });
}

/** Pauses a batch, or goes on with it. */
export async function pauseAttentionBatch(
  { database }: Deps,
  {
    batchId,
    request,
    isPaused,
    present,
  }: OfBatch & { request: KeyedRequest<object>; isPaused: boolean; present: Present },
): Promise<StoredAnswer> {
  const { tenant } = request.principal;
  await requireBatch(database.session, tenant, batchId);
  return answerOnce(database, request, async (session) => {
    await pauseBatch(session, tenant, batchId, isPaused);
    return present(await requireBatch(session, tenant, batchId));
  });
}

interface OfBatch {
  batchId: string;
}

export function readAttentionBatch(
  { database }: Deps,
  { tenant, batchId }: OfBatch & { tenant: string },
): Promise<AttentionBatch> {
  return requireBatch(database.session, tenant, batchId);
}

/** A page of what a batch takes, and the position after which the next page begins; null on the last. */
export async function readBatchItems(
  { database }: Deps,
  { tenant, batchId, after, limit }: OfBatch & { tenant: string; after: number; limit: number },
): Promise<{ items: BatchItem[]; next: number | null }> {
  await requireBatch(database.session, tenant, batchId);
  const found = await listBatchItems(database.session, batchId, after, limit + 1);
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? (items.at(-1)?.position ?? null) : null };
}

async function requireBatch(
  session: Deps["database"]["session"],
  tenant: string,
  batchId: string,
): Promise<AttentionBatch> {
  const batch = await findBatch(session, tenant, batchId);
  if (!batch) throw notFoundError();
  return batch;
}

/**
 * Resolves up to `limit` attentions of batches, each under a key of its own: one that is resolved again after a crash is a
 * repeat. Returns how many there were. Throws DatabaseUnavailableError: what is left is leased again.
 * @param onFailure called for what is a defect; its attention counts as refused.
 */
export async function resolveBatchItems(
  deps: ServiceDeps,
  limit: number,
  onFailure: (error: unknown) => void,
): Promise<number> {
  const { session } = deps.database;
  const items = await leaseItems(session, limit);
  for (const item of items) await recordItem(session, item, await resolveItem(deps, item, onFailure));
  return items.length;
}

async function resolveItem(
  deps: ServiceDeps,
  item: LeasedItem,
  onFailure: (error: unknown) => void,
): Promise<ErrorCode | null> {
  const { batchId, tenant, attentionId: attention, orderId, action, reason, keyId } = item;
  const body = { action, reason, attention } satisfies ResolutionRequest;
  const scope = { operation: "resolve-order", parentId: orderId } as const;
  const raw = Buffer.from(JSON.stringify(body));
  const key = `batch/${batchId}/${attention}`;
  const request = createKeyedRequest({ tenant, role: "operator", keyId }, scope, key, raw, body, () => body);
  try {
    await resolveOrder(deps, { orderId, request });
    return null;
  } catch (error) {
    if (error instanceof ProblemError && error.code !== "unavailable") return error.code;
    if (isUnavailable(error)) throw error;
    onFailure(error);
    return "internal";
  }
}
