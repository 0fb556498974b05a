import { request } from "undici";
import { z } from "zod";
import type { WarehouseShipment } from "../../domain/shipment.js";
import { ProviderError } from "../provider-error.js";
import type { WarehouseGateway } from "./warehouse-gateway.js";

const Shipment = z.object({
  id: z.string(),
  status: z.enum(["accepted", "shipped", "delivered", "cancelled", "failed"]),
  carrier: z.string().nullish(),
  trackingNumber: z.string().nullish(),
});

/** Answers about our credential or the address we use; none of them is an answer to the request. */
const ABOUT_US = new Set([401, 403, 404]);

interface Answer {
  status: number;
  body: unknown;
  retryAfterMs: number | null;
}

/** The warehouse's HTTP API at `baseUrl` (contract, section 5). */
export function createHttpWarehouse(baseUrl: string): WarehouseGateway {
  const base = baseUrl.replace(/\/+$/, "");

  const track = async (id: string, timeoutMs: number): Promise<WarehouseShipment | null> => {
    const answer = await ask("GET", `${base}/shipments/${id}`, null, null, timeoutMs);
    return answer.status === 404 ? null : shipmentOf(answer);
  };

  return {
    request: async ({ key, ...body }, timeoutMs) =>
      shipmentOf(await ask("POST", `${base}/shipments`, key, body, timeoutMs)),
    recall: async (id, key, timeoutMs) => {
      const answer = await ask("POST", `${base}/shipments/${id}/cancel`, key, {}, timeoutMs);
      if (answer.status !== 409) return shipmentOf(answer);
      const standing = await track(id, timeoutMs);
      // A 409 may also say that the same recall is still at work.
      if (standing === null || standing.status === "accepted") throw new ProviderError("unknown", "http_409");
      return standing;
    },
    track,
  };
}

async function ask(
  method: "GET" | "POST",
  url: string,
  key: string | null,
  body: unknown,
  timeoutMs: number,
): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs); // AbortSignal.timeout goes off after the answer, too
  try {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(url, {
      method,
      headers: {
        ...(body !== null && { "content-type": "application/json" }),
        ...(key !== null && { "idempotency-key": key }),
      },
      ...(body !== null && { body: JSON.stringify(body) }),
      signal: late.signal,
    });
    const text = await answer.text();
    const seconds = Number(headers["retry-after"]);
    return { status: statusCode, body: readJson(text), retryAfterMs: seconds > 0 ? seconds * 1000 : null };
  } catch (cause) {
    throw new ProviderError("unknown", "no_answer", { cause });
  } finally {
    clearTimeout(timer);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused as a shape below, where the status decides what it means
  }
}

function shipmentOf(answer: Answer): WarehouseShipment {
  const { status, retryAfterMs } = answer;
  const code = `http_${status}`;
  if (status === 429) throw new ProviderError("limited", code, retryAfterMs === null ? {} : { retryAfterMs });
  if (status === 409 || status >= 500) throw new ProviderError("unknown", code);
  if (ABOUT_US.has(status)) throw new ProviderError("unauthorized", code);
  if (status === 408) throw new ProviderError("unknown", code);
  if (status >= 400) throw new ProviderError("refused", code);
  const shipment = Shipment.safeParse(answer.body);
  if (!shipment.success) throw new ProviderError("unknown", "unreadable_answer", { cause: shipment.error });
  const { carrier, trackingNumber, ...rest } = shipment.data;
  return { ...rest, carrier: carrier ?? null, trackingNumber: trackingNumber ?? null };
}
