import type { OrderBook } from "../database/order-book.js";
import type { Credential } from "../database/api-keys.js";
import type { ProviderEvent } from "../database/provider-events.js";
import type { Policy } from "../domain/policy.js";

export interface Health {
  postgres: "up" | "down";
  temporal: "up" | "down";
  /** Whether somebody polls for runs. */
  workers: "up" | "down";
}

/** A request as the access log and the metrics see it. */
export interface RequestRecord {
  requestId: string;
  method: string;
  route: string;
  status: number;
  seconds: number;
  problem: string | null;
  orderId: string | null;
  replayed: boolean;
}

/** A webhook's bytes and headers, read as an event; null when its signature does not hold. */
export type ReadWebhook = (raw: Buffer, header: (name: string) => string | undefined) => ProviderEvent | null;

/** What the API is made of; src/main/api.ts puts it together. */
export interface AppDeps {
  book: OrderBook;
  policy: Policy;
  publicUrl: string;
  rateLimit: number;
  findCredential(key: string): Promise<Credential | null>;
  /** Where a person sees a run. */
  runUrl(workflowId: string): string;
  readStripeEvent: ReadWebhook;
  readFulfilmentEvent: ReadWebhook;
  health(): Promise<Health>;
  /** Aborted once this process is on its way out: it takes nothing new and keeps nobody waiting. */
  stopping: AbortSignal;
  onRequest(record: RequestRecord): void;
  onError(error: unknown, requestId: string): void;
  links: { temporalUi: string; mailbox: string | null };
}
