import { Counter, Gauge, type Registry } from "prom-client";
import type { Database } from "../database/database.js";
import { lastReconciliation } from "../database/queries/reconciliation-records.js";
import { nullIfUnavailable } from "../domain/problem-error.js";

/** What a worker alone can count. */
export function createWorkerMetrics(registry: Registry, { db }: Database) {
  const registers = [registry];
  new Gauge({
    name: "idem_reconciliation_findings",
    help: "Number of findings of the last reconciliation, by kind.",
    labelNames: ["kind"],
    registers,
    async collect() {
      // While the order database is away this one metric is, and every other is not.
      const last = await lastReconciliation(db).catch(nullIfUnavailable);
      const counts = new Map<string, number>();
      for (const { kind } of last?.result.findings ?? []) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      this.reset(); // after what is waited for: several may ask at one moment
      for (const [kind, count] of counts) this.set({ kind }, count);
    },
  });
  return {
    providerCalls: new Counter({
      name: "idem_provider_calls_total",
      help: "Number of calls to providers, by provider, operation and result.",
      labelNames: ["provider", "operation", "result"],
      registers,
    }),
    outboxFailures: new Counter({
      name: "idem_outbox_failures_total",
      help: "Number of failed deliveries of outbox rows to Temporal; each is tried again.",
      registers,
    }),
    webhookAttempts: new Counter({
      name: "idem_webhook_attempts_total",
      help: "Number of attempts to deliver an event to a webhook endpoint, by result.",
      labelNames: ["result"],
      registers,
    }),
    pollsUnanswered: new Counter({
      name: "idem_polls_unanswered_total",
      help: "Number of provider polls that brought no answer.",
      registers,
    }),
  };
}
