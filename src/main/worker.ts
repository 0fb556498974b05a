import { randomUUID } from "node:crypto";
import { constants, setPriority } from "node:os";
import { Client } from "@temporalio/client";
import { NativeConnection, Runtime } from "@temporalio/worker";
import { createActivities } from "../../activities/index.js";
import { EFFECTS_QUEUE, TASK_QUEUE } from "../../workflows/names.js";
import { startDispatcher } from "../background/outbox-dispatcher.js";
import { startPoller } from "../background/provider-poller.js";
import { startBatchResolver } from "../background/batch-resolver.js";
import { startWebhookSender } from "../background/webhook-sender.js";
import { keepVersion } from "../background/version-keeper.js";
import { startHeartbeat } from "../background/worker-heartbeat.js";
import { awaitConfig } from "../config/await-config.js";
import { isLoopback } from "../config/temporal-settings.js";
import { createSmtpEmail } from "../providers/email/smtp-email.js";
import { createStripe, createStripeGateway } from "../providers/payment/stripe-gateway.js";
import { ProviderError } from "../providers/provider-error.js";
import { LastCalls, type ObserveCall, observeCalls } from "../providers/observe-calls.js";
import { resultOf } from "../domain/webhook-attempt.js";
import { createHttpWarehouse } from "../providers/warehouse/http-warehouse.js";
import { createWebhookClient } from "../providers/webhook/send-webhook.js";
import { DEPLOYMENT } from "../temporal/worker-versions.js";
import { ensureSchedules } from "../temporal/schedules.js";
import { createWorkflowStatus } from "../temporal/workflow-status.js";
import { checkSearchAttributes } from "./check-search-attributes.js";
import { createLogger, temporalLogger } from "./logging.js";
import { createRegistry, freeAddress, serveMetrics } from "./metrics.js";
import { openDatabase } from "./open-database.js";
import { stopInOrder, stopRequested } from "./shutdown.js";
import { startHealth } from "./start-health.js";
import { createWorkers, INLINE_AT_ONCE } from "./temporal-workers.js";
import { VERSION } from "./version.js";
import { createWorkerMetrics } from "./worker-metrics.js";

// Where they share a machine, acceptance goes first: a burst delays runs and no answer.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const config = await awaitConfig("worker");
const logger = createLogger("worker", config.logLevel);
const stopping = stopRequested();
const sdkMetricsAddress = await freeAddress();
Runtime.install({
  logger: temporalLogger(logger),
  shutdownSignals: [],
  telemetryOptions: { metrics: { prometheus: { bindAddress: sdkMetricsAddress } } },
});

const database = await openDatabase(config.databaseUrl, logger, {
  connections: INLINE_AT_ONCE + 8,
  cachedOrders: config.cachedOrders,
});
const { connectionOptions, namespace } = config.temporal;
const connection = await connectToTemporal();
const client = new Client({ connection, namespace });
await checkSearchAttributes(client, logger);

const QUEUES = { orders: TASK_QUEUE, effects: EFFECTS_QUEUE };
const [servesOrders, servesEffects] = [config.queues.includes("orders"), config.queues.includes("effects")];
if (servesOrders) await ensureSchedules(client);

const registry = createRegistry("worker");
const counters = createWorkerMetrics(registry, database);
const lastCalls = new LastCalls();
const observe: ObserveCall = (provider, operation, result) => {
  lastCalls.observe(provider, result);
  counters.providerCalls.inc({ provider, operation, result });
};
const payments = observeCalls(createStripeGateway(createStripe(config.stripe)), "payment", observe);
const warehouse = observeCalls(createHttpWarehouse(config.fulfilment.url), "warehouse", observe);
const email = createSmtpEmail(config.email.smtpUrl, config.email.from);
const activities = createActivities({
  database,
  payments,
  warehouse,
  email: observeCalls(email, "email", observe),
  emailDomain: config.email.domain,
  returnUrl: config.publicUrl,
  runs: createWorkflowStatus(client),
  retentionDays: config.retentionDays,
});

const workers = await createWorkers({ connection, namespace, activities }, config);
const health = startHealth({ config, database, client, registry, logger });
const { buildId } = config;
const versionKeeper =
  buildId !== null &&
  servesOrders &&
  keepVersion({
    client,
    health,
    buildId,
    makesCurrent: config.makesCurrent,
    onCurrent: () => logger.info({ buildId }, "runs begin on this build"),
    onSuperseded: (by) => logger.info({ buildId, by }, "runs begin on a newer build"),
    onIdle: () =>
      logger.warn(
        { buildId },
        "no run begins on this build: set WORKER_MAKE_CURRENT=true, or run `temporal worker deployment " +
          `set-current-version --deployment-name ${DEPLOYMENT} --build-id ${buildId}\``,
      ),
    onFailure: (error) => logger.warn({ err: error }, "worker versions not read, they are read again"),
  });
const metrics = await serveMetrics(registry, config.host, config.metricsPort, sdkMetricsAddress);
logger.info({ port: metrics.port }, "metrics ready");

const running = Promise.all(workers.map((worker) => worker.run()));
// Beside the workflows, so that a start is eager: its first task reaches the process that asked for it.
const dispatcher =
  servesOrders &&
  startDispatcher(database, client, {
    eager: true,
    minAgeMs: 0,
    inFlight: 20,
    sweepMs: 2_000,
    publicUrl: config.publicUrl,
    onFailure: (error, row) => {
      counters.outboxFailures.inc();
      logger.warn({ err: error, seq: row?.seq }, "outbox row not delivered");
    },
  });
const poller =
  servesEffects &&
  startPoller({
    database,
    payments,
    warehouse,
    onFailure: (error) => {
      counters.pollsUnanswered.inc();
      // While a provider is away the metric is enough; anything else is a defect, or the database's.
      logger[error instanceof ProviderError ? "debug" : "warn"]({ err: error }, "poll not answered");
    },
  });
const batchResolver =
  servesEffects &&
  startBatchResolver({ database, policy: config.policy }, (error) =>
    logger.warn({ err: error }, "attentions of a batch not resolved, they are resolved again"),
  );
const workerId = randomUUID();
const webhookClient = createWebhookClient(config.webhooks);
const webhookSender =
  servesEffects &&
  startWebhookSender({
    database,
    client: webhookClient,
    policy: config.webhooks.policy,
    workerId,
    onAttempt: (attempt) => counters.webhookAttempts.inc({ result: resultOf(attempt) }),
    onDisabled: (endpointId, reason) => logger.warn({ endpointId, reason }, "webhook endpoint disabled"),
    onFailure: (error) => logger.warn({ err: error }, "webhooks not delivered, they are due again"),
  });
const worker = { id: workerId, queues: config.queues.map((name) => QUEUES[name]), buildId: config.buildId };
const heartbeat = startHeartbeat(database, { ...worker, version: VERSION }, lastCalls, (error) =>
  logger.debug({ err: error }, "heartbeat not written"),
);
logger.info("worker ready");

const reason = await Promise.race([
  stopping,
  running.then(
    () => "the workers ended",
    (error: unknown) => error,
  ),
]);
logger.info(reason instanceof Error ? { err: reason } : { reason }, "worker stopping");
// What it has begun ends while the others stop.
const webhooksSent = webhookSender && webhookSender.stop();
await stopInOrder(
  [
    ...(dispatcher ? [{ name: "dispatcher", stop: () => dispatcher.stop() }] : []),
    ...(poller ? [{ name: "poller", stop: () => poller.stop() }] : []),
    ...(batchResolver ? [{ name: "batch resolver", stop: () => batchResolver.stop() }] : []),
    { name: "heartbeat", stop: () => heartbeat.stop() },
    ...(versionKeeper ? [{ name: "version keeper", stop: () => versionKeeper.stop() }] : []),
    { name: "workers", stop: drain },
    ...(webhooksSent ? [{ name: "webhook sender", stop: () => webhooksSent }] : []),
    { name: "webhook client", stop: () => webhookClient.close() },
    { name: "health", stop: () => health.stop() },
    { name: "metrics", stop: () => metrics.stop() },
    { name: "temporal", stop: () => connection.close() },
    { name: "database", stop: () => database.close() },
  ],
  (problem) => logger.warn(problem),
);
process.exit(reason instanceof Error ? 1 : 0);

async function drain(): Promise<void> {
  for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  await running.catch(() => {}); // reported above where it was the reason
}

/** Waits for Temporal until this process is asked to stop: a worker may start before it. */
async function connectToTemporal(): Promise<NativeConnection> {
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
