import { request } from "undici";
import { z } from "zod";
import type { ShipmentReport } from "../../domain/shipment.js";
import { ProviderError } from "../provider-error.js";
import type { WarehouseGateway } from "./warehouse-gateway.js";
import { tracking } from "./tracking.js";

const Shipment = z.object({
  id: z.string().max(200),
  orderId: z.string().max(200).nullish(),
  status: z.enum(["accepted", "shipped", "delivered", "cancelled", "failed"]),
  ...tracking,
});

const Failure = z.object({ error: z.string().regex(/^[\w.-]{1,64}$/) });

/** Answers about our credential or the address we use; none of them is an answer to the request. */
const ABOUT_US = new Set([401, 403, 404]);
/** Larger answers are none that we know. */
const MAX_ANSWER_BYTES = 1024 * 1024;

interface Answer {
  status: number;
  body: unknown;
  requestId: string | null;
  retryAfterMs: number | null;
}

/** The warehouse's HTTP API at `baseUrl` (contract, section 5). */
export function createHttpWarehouse(baseUrl: string): WarehouseGateway {
  const base = baseUrl.replace(/\/+$/, "");

  const retrieve = async (id: string, timeoutMs: number): Promise<ShipmentReport | null> => {
    const answer = await call("GET", `${base}/shipments/${id}`, null, null, timeoutMs);
    return answer.status === 404 ? null : reportOf(answer);
  };

  return {
    request: async ({ key, ...body }, timeoutMs) =>
      reportOf(await call("POST", `${base}/shipments`, key, body, timeoutMs)),
    recall: async (id, key, timeoutMs) => {
      const answer = await call("POST", `${base}/shipments/${id}/cancel`, key, {}, timeoutMs);
      // A 409 says that it shipped, or that the same recall is still in progress.
      const report = answer.status === 409 ? await retrieve(id, timeoutMs) : reportOf(answer);
      if (report === null || report.status === "accepted") throw new ProviderError("unknown", `http_${answer.status}`);
      return report;
    },
    retrieve,
  };
}

async function call(
  method: "GET" | "POST",
  url: string,
  key: string | null,
  body: unknown,
  timeoutMs: number,
): Promise<Answer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs); // AbortSignal.timeout fires after the answer, too
  try {
    const response = await request(url, {
      method,
      headers: {
        ...(body !== null && { "content-type": "application/json" }),
        ...(key !== null && { "idempotency-key": key }),
      },
      ...(body !== null && { body: JSON.stringify(body) }),
      signal: abort.signal,
    });
    const seconds = Number(response.headers["retry-after"]);
    const requestId = response.headers["x-request-id"];
    return {
      status: response.statusCode,
      body: readJson(await readText(response.body)),
      requestId: typeof requestId === "string" ? requestId : null,
      retryAfterMs: seconds > 0 ? seconds * 1000 : null,
    };
  } catch (cause) {
    throw cause instanceof ProviderError ? cause : new ProviderError("unknown", "no_answer", { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new ProviderError("unknown", "answer_too_large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not the shape below, where the status decides what it means
  }
}

function reportOf({ status, body, requestId, retryAfterMs }: Answer): ShipmentReport {
  const code = Failure.safeParse(body).data?.error ?? `http_${status}`;
  const reason = { requestId };
  if (status === 429)
    throw new ProviderError("limited", code, { reason, ...(retryAfterMs !== null && { retryAfterMs }) });
  if (status === 408 || status === 409 || status >= 500) throw new ProviderError("unknown", code, { reason });
  if (ABOUT_US.has(status)) throw new ProviderError("unauthorized", code, { reason });
  if (status >= 400) throw new ProviderError("rejected", code, { reason });
  const shipment = Shipment.safeParse(body);
  if (!shipment.success) throw new ProviderError("unknown", "unreadable_answer", { reason, cause: shipment.error });
  const { orderId = null, ...rest } = shipment.data;
  return { ...rest, orderId };
}
