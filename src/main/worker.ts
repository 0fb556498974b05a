import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { Client } from "@temporalio/client";
import { NativeConnection, Runtime, Worker, type WorkerOptions } from "@temporalio/worker";
import { Counter, Gauge } from "prom-client";
import { createActivities } from "../../activities/index.js";
import { EFFECTS_QUEUE, TASK_QUEUE } from "../../workflows/contract.js";
import { countWaiting } from "../database/outbox.js";
import { lastReconciliation } from "../database/reconciliation.js";
import { createSmtpMail } from "../providers/email/smtp-email.js";
import { createStripe, createStripeGateway } from "../providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../providers/warehouse/http-warehouse.js";
import { startDispatcher } from "../background/outbox-dispatcher.js";
import { createRuns } from "../temporal/workflow-status.js";
import { ensureSchedules } from "../temporal/schedules.js";
import { startWatch } from "../background/provider-poller.js";
import { loadConfig } from "../config/config.js";
import { createLogger, temporalLogger } from "./logging.js";
import { createRegistry, serveMetrics } from "./metrics.js";
import { openOrderBook } from "./connect-database.js";
import { checkSearchAttributes } from "./check-search-attributes.js";
import { stopInOrder, stopRequested } from "./shutdown.js";
import { isLoopback } from "../config/temporal-settings.js";

/** Inline steps at once, and so many connections to the book besides those of the durable ones. */
const AT_ONCE = 24;
/**
 * Workflow tasks at once. Ten wait for work at any time and AT_ONCE hold their place while their inline step runs; with
 * none free a start is not eager, and costs Temporal four writes more (14 ms of CPU per order instead of 10).
 */
const TASKS_AT_ONCE = 64;

// Where they share a machine, acceptance goes first: a burst delays runs and no answer.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const config = loadConfig("worker");
const logger = createLogger("worker", config.logLevel);
const stopping = stopRequested();
Runtime.install({ logger: temporalLogger(logger), shutdownSignals: [] });

const book = await openOrderBook(config.databaseUrl, logger, AT_ONCE + 8);
const { connectionOptions, namespace } = config.temporal;
const connection = await connectPatiently();
const client = new Client({ connection, namespace });
await checkSearchAttributes(client, logger);

const [servesOrders, servesEffects] = [config.queues.includes("orders"), config.queues.includes("effects")];
if (servesOrders) await ensureSchedules(client);

const payments = createStripeGateway(createStripe(config.stripe));
const warehouse = createHttpWarehouse(config.fulfilment.url);
const activities = createActivities({
  book,
  payments,
  warehouse,
  mail: createSmtpMail(config.mail.smtpUrl, config.mail.from),
  mailDomain: config.mail.from.replace(/^.*@|>\s*$/g, ""),
  returnUrl: config.publicUrl,
  runs: createRuns(client),
  retentionDays: config.retentionDays,
});

const shared: Pick<
  WorkerOptions,
  "connection" | "namespace" | "activities" | "shutdownGraceTime" | "shutdownForceTime"
> = {
  connection,
  namespace,
  activities,
  // A step in flight is finished; what takes longer goes on at another worker under the same key.
  shutdownGraceTime: "4s",
  shutdownForceTime: "7s",
};
const ordersOptions: WorkerOptions = {
  ...shared,
  taskQueue: TASK_QUEUE,
  ...workflowSource(),
  // A third of a megabyte each. A run that waits for days is read anew from its history when its news comes, which is short.
  maxCachedWorkflows: 1_000,
  maxConcurrentWorkflowTaskExecutions: TASKS_AT_ONCE,
  // More at once would only make each step slower than its time-out and send it the long way round; what waits its
  // turn waits without a clock.
  maxConcurrentLocalActivityExecutions: AT_ONCE,
  ...(config.buildId !== null && {
    workerDeploymentOptions: {
      version: { deploymentName: "idem", buildId: config.buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: "PINNED" as const,
    },
  }),
};
const effectsOptions: WorkerOptions = { ...shared, taskQueue: EFFECTS_QUEUE, maxConcurrentActivityTaskExecutions: 50 };
const workers: Worker[] = [];
if (servesOrders) workers.push(await Worker.create(ordersOptions));
if (servesEffects) workers.push(await Worker.create(effectsOptions));

const registry = createRegistry("worker");
const failures = new Counter({
  name: "idem_outbox_failures_total",
  help: "Outbox rows that could not be delivered and wait for their next turn.",
  registers: [registry],
});
new Gauge({
  name: "idem_outbox_rows",
  help: "Outbox rows that wait.",
  registers: [registry],
  async collect() {
    this.set(await countWaiting(book.db));
  },
});
new Gauge({
  name: "idem_reconciliation_findings",
  help: "What the last comparison of book, provider and runs found, by kind.",
  labelNames: ["kind"],
  registers: [registry],
  async collect() {
    this.reset();
    const last = await lastReconciliation(book.db);
    for (const { kind } of last?.result.findings ?? []) this.inc({ kind });
  },
});
const metrics = await serveMetrics(registry, config.host, config.metricsPort);
logger.info({ port: metrics.port }, "metrics ready");

const running = Promise.all(workers.map((worker) => worker.run()));
// Beside the workflows, so that a start is eager: its first task reaches the process that asked for it.
const dispatcher =
  servesOrders &&
  startDispatcher(book, client, {
    eager: true,
    minAgeMs: 0,
    inFlight: 20,
    sweepMs: 2_000,
    onFailure: (error, row) => {
      failures.inc();
      logger.warn({ err: error, seq: row?.seq }, "outbox row not delivered");
    },
  });
const unanswered = new Counter({
  name: "idem_looks_unanswered_total",
  help: "Looks at a shipment or a payment that brought no answer; the next one asks again.",
  registers: [registry],
});
const watch =
  servesEffects &&
  startWatch({
    book,
    payments,
    warehouse,
    onFailure: (error) => {
      unanswered.inc();
      logger.debug({ err: error }, "look not answered");
    },
  });
logger.info("worker ready");

const reason = await Promise.race([
  stopping,
  running.then(
    () => "the workers ended",
    (error: unknown) => error,
  ),
]);
logger.info(reason instanceof Error ? { err: reason } : { reason }, "worker stopping");
await stopInOrder(
  [
    ...(dispatcher ? [{ name: "dispatcher", stop: () => dispatcher.stop() }] : []),
    ...(watch ? [{ name: "watch", stop: () => watch.stop() }] : []),
    { name: "workers", stop: drain },
    { name: "metrics", stop: () => metrics.stop() },
    { name: "temporal", stop: () => connection.close() },
    { name: "book", stop: () => book.close() },
  ],
  (problem) => logger.warn(problem),
);
process.exit(reason instanceof Error ? 1 : 0);

async function drain(): Promise<void> {
  for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  await running.catch(() => {}); // told above where it was the reason
}

/** Waits for Temporal as long as nobody asks us to stop: a worker may start before it. */
async function connectPatiently(): Promise<NativeConnection> {
  // The SDK compresses by default. On one machine that only costs both sides CPU.
  const grpcCompression = { codec: isLoopback(connectionOptions.address) ? "none" : "gzip" } as const;
  let stopped = false;
  void stopping.then(() => (stopped = true));
  for (;;) {
    try {
      return await NativeConnection.connect({ ...connectionOptions, grpcCompression });
    } catch (error) {
      if (stopped) process.exit(0);
      logger.warn({ err: error }, "Temporal does not answer yet");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** The bundle of the build; from source where there is none, as in tests. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const codePath = fileURLToPath(new URL("../../workflow-bundle.js", import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: fileURLToPath(new URL("../../workflows/index.js", import.meta.url)) };
}
