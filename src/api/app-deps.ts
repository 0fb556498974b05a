import type { DemoKeys } from "./pages/reference-page.js";
import type { ProviderEvent } from "../domain/fact.js";
import type { Demo } from "../console/demo.js";
import type { Links } from "./pages/landing-page.js";
import type { Health } from "../domain/health.js";
import type { Credential } from "../services/keyed-request.js";
import type { ServiceDeps } from "../services/service-deps.js";

export interface Readiness {
  postgres: "up" | "down";
  temporal: "up" | "down";
  /** Whether both task queues have a live worker. */
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
export interface AppDeps extends ServiceDeps {
  /** Of this build. */
  version: string;
  publicUrl: string;
  rateLimit: number;
  findCredential(key: string): Promise<Credential | null>;
  /** Whether a key was valid when its process last read all of them. */
  isKnown(key: string): boolean;
  /** Where a person sees a run. */
  runUrl(workflowId: string): string;
  readStripeEvent: ReadWebhook;
  readFulfilmentEvent: ReadWebhook;
  /** Why no event may be delivered to this URL, as far as that can be told without looking its host up; null where one may. */
  judgeWebhookUrl(url: string): string | null;
  readiness(): Promise<Readiness>;
  /** How the service was a moment ago; null while the order database does not answer. */
  health(): Health | null;
  /** Aborted once this process is stopping: it accepts nothing new and ends every wait. */
  stopping: AbortSignal;
  onRequest(record: RequestRecord): void;
  onError(error: unknown, requestId: string): void;
  links: Links;
  demoKeys: DemoKeys;
  /** What only a demo has; null where real providers are connected. */
  demo: Demo | null;
}
