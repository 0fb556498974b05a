import { Gauge, type Registry } from "prom-client";
import { type Health, liveWorkers, PROVIDERS, QUEUES } from "../domain/health.js";
import { VERSION } from "./version.js";

type Values = [labels: Record<string, string>, value: number][];

/** A gauge over the whole service, read from the order database: each process shows the same. */
interface Figure {
  name: string;
  help: string;
  labels: readonly string[];
  of(health: Health): Values;
}

const FIGURES: readonly Figure[] = [
  {
    name: "idem_attentions_open",
    help: "Number of open attentions, by cause and currency.",
    labels: ["cause", "currency"],
    of: ({ attentions }) => attentions.map(({ cause, currency, count }) => [{ cause, currency }, count]),
  },
  {
    name: "idem_attentions_unacknowledged",
    help: "Number of open attentions that are neither acknowledged nor resolved, by cause and currency.",
    labels: ["cause", "currency"],
    of: ({ attentions }) =>
      attentions.map(({ cause, currency, unacknowledged: count }) => [{ cause, currency }, count]),
  },
  {
    name: "idem_attentions_amount_minor_units",
    help: "Money at stake in open attentions, in minor units of the currency.",
    labels: ["cause", "currency"],
    of: ({ attentions }) => attentions.map(({ cause, currency, amount }) => [{ cause, currency }, amount]),
  },
  {
    name: "idem_attentions_oldest_seconds",
    help: "Age of the oldest open attention, by cause and currency.",
    labels: ["cause", "currency"],
    of: ({ attentions }) =>
      attentions.map(({ cause, currency, oldestSeconds }) => [{ cause, currency }, oldestSeconds]),
  },
  {
    name: "idem_operations_undecided",
    help: "Number of provider operations that have had no outcome for 5 seconds or longer.",
    labels: ["provider"],
    of: ({ operations }) => operations.map(({ provider, count }) => [{ provider }, count]),
  },
  {
    name: "idem_operations_undecided_oldest_seconds",
    help: "Age of the oldest provider operation without an outcome.",
    labels: ["provider"],
    of: ({ operations }) => operations.map(({ provider, oldestSeconds }) => [{ provider }, oldestSeconds]),
  },
  {
    name: "idem_provider_up",
    help: "Whether the last call of any live worker to the provider was answered.",
    labels: ["provider"],
    of: ({ providers }) =>
      PROVIDERS.filter((provider) => providers[provider].state !== "unknown").map((provider) => [
        { provider },
        providers[provider].state === "up" ? 1 : 0,
      ]),
  },
  {
    name: "idem_workers_live",
    help: "Number of workers that were seen within 20 seconds, by queue.",
    labels: ["queue"],
    of: (health) => liveWorkers(health).map(({ queue, workers }) => [{ queue }, workers]),
  },
  {
    name: "idem_workers_last_seen_timestamp_seconds",
    help: "When a worker of the queue was seen last, in seconds since 1970.",
    labels: ["queue"],
    of: ({ workers }) =>
      QUEUES.flatMap((queue): Values => {
        const seen = workers.filter(({ queues }) => queues.includes(queue)).map(({ lastSeenAt }) => lastSeenAt);
        return seen.length > 0 ? [[{ queue }, Math.max(...seen) / 1_000]] : [];
      }),
  },
  {
    name: "idem_queue_backlog_tasks",
    help: "Approximate number of Temporal tasks that wait for a worker, by queue.",
    labels: ["queue"],
    of: ({ temporal }) => (temporal?.backlog ?? []).map(({ queue, tasks }) => [{ queue }, tasks]),
  },
  {
    name: "idem_runs_stranded",
    help: "Number of open runs pinned to a build that has no live worker.",
    labels: ["build"],
    of: ({ temporal }) => (temporal?.stranded ?? []).map(({ buildId, runs }) => [{ build: buildId }, runs]),
  },
  {
    name: "idem_temporal_up",
    help: "Whether Temporal answered this process when it was last asked.",
    labels: [],
    of: ({ temporal }) => [[{}, temporal ? 1 : 0]],
  },
  {
    name: "idem_emails",
    help: "Number of emails that did not go out, by status.",
    labels: ["status"],
    of: ({ emails }) => emails.map(({ status, count }) => [{ status }, count]),
  },
  {
    name: "idem_orders_open",
    help: "Number of open orders, by status; 100000 may be more.",
    labels: ["status"],
    of: ({ orders }) => orders.map(({ status, count }) => [{ status }, count]),
  },
  {
    name: "idem_outbox_rows",
    help: "Number of outbox rows awaiting delivery to Temporal.",
    labels: [],
    of: ({ outbox }) => [[{}, outbox.rows]],
  },
  {
    name: "idem_outbox_oldest_seconds",
    help: "Age of the oldest outbox row.",
    labels: [],
    of: ({ outbox }) => [[{}, outbox.oldestSeconds]],
  },
  {
    name: "idem_webhook_deliveries_pending",
    help: "Number of deliveries of events to enabled webhook endpoints that were not accepted yet; at most 10000 of each are counted.",
    labels: [],
    of: ({ webhooks }) => [[{}, webhooks.pending]],
  },
  {
    name: "idem_webhook_deliveries_oldest_seconds",
    help: "Age of the oldest of them.",
    labels: [],
    of: ({ webhooks }) => [[{}, webhooks.oldestSeconds]],
  },
  {
    name: "idem_webhook_endpoints_disabled",
    help: "Number of webhook endpoints that were disabled within the last day.",
    labels: [],
    of: ({ webhooks }) => [[{}, webhooks.disabled]],
  },
];

/** Registers the figures of the service's health, as they were read last; while the order database is away there are none. */
export function registerHealth(registry: Registry, current: () => Health | null): void {
  new Gauge({
    name: "idem_build_info",
    help: "The version of this process's build; always 1.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: VERSION }, 1);
  new Gauge({
    name: "idem_database_up",
    help: "Whether the order database answered this process when it was last asked.",
    registers: [registry],
    collect() {
      this.set(current() ? 1 : 0);
    },
  });
  for (const { name, help, labels, of } of FIGURES) {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        const health = current();
        // Without labels a reset gauge shows 0, which is no figure of a database that does not answer.
        if (!health) return void (labels.length === 0 && this.set(Number.NaN));
        for (const [values, value] of of(health)) this.set(values, value);
      },
    });
  }
}
