import { setFlagsFromString } from "node:v8";
import { createAdaptorServer } from "@hono/node-server";
import { Client, Connection } from "@temporalio/client";
import { Histogram } from "prom-client";
import { findCredential, hashApiKey, keyIdOf } from "../database/queries/api-keys.js";
import { createStripe } from "../providers/payment/stripe-gateway.js";
import { readStripeEvent } from "../providers/payment/stripe-webhook.js";
import { readFulfilmentEvent } from "../providers/warehouse/fulfilment-webhook.js";
import { judgeUrl } from "../providers/webhook/public-address.js";
import type { AppDeps, RequestRecord } from "../api/app-deps.js";
import { createApp } from "../api/app.js";
import { startKeyUse } from "../background/key-use.js";
import { startKnownKeys } from "../background/known-keys.js";
import { startRepeatCounts } from "../background/repeat-counts.js";
import { startDispatcher } from "../background/outbox-dispatcher.js";
import { firstRequest } from "../config/first-request.js";
import { awaitConfig } from "../config/await-config.js";
import { REFERENCE_KEYS } from "../config/demo-keys.js";
import { createDemo } from "./create-demo.js";
import { readReadiness } from "./readiness.js";
import { listen } from "./listen.js";
import { createLogger } from "./logging.js";
import { createRegistry, serveMetrics } from "./metrics.js";
import { openDatabase } from "./open-database.js";
import { startHealth } from "./start-health.js";
import { VERSION } from "./version.js";
import { stopInOrder, stopRequested } from "./shutdown.js";

// Bodies are held outside the heap and count all the same: by itself V8 collects the whole of a heap as small as this one after some
// 12 MiB of them, two or three times a second where a tenant sends the largest (bench/findings.md).
setFlagsFromString("--heap-growing-percent=100");

const config = await awaitConfig("api");
const logger = createLogger("api", config.logLevel);
const stopping = stopRequested();
const stoppingNow = new AbortController();

const database = await openDatabase(config.databaseUrl, logger, { connections: 14, acceptanceConnections: 8 });
// Lazy: the API accepts orders with Temporal away.
const connection = Connection.lazy(config.temporal.connectionOptions);
const client = new Client({ connection, namespace: config.temporal.namespace });
const stripe = createStripe(config.stripe);
const registry = createRegistry("api");
const seconds = new Histogram({
  name: "idem_http_request_seconds",
  help: "Time to answer a request.",
  labelNames: ["method", "route", "status"],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
  registers: [registry],
});
const health = startHealth({ config, database, client, registry, logger });
const keys = new Map(
  config.apiKeys.map(({ key, tenant, role }) => {
    const hash = hashApiKey(key);
    return [hash.toString("hex"), { tenant, role, keyId: keyIdOf(hash) }];
  }),
);

const namespaceUrl = `${config.temporalUiUrl}/namespaces/${config.temporal.namespace}`;

const knownKeys = startKnownKeys(database, (error) => logger.warn({ err: error }, "keys not read"));

const keyUse = startKeyUse(database, (error) => logger.warn({ err: error }, "use of keys not noted"));

const repeats = startRepeatCounts(database, (error) => logger.warn({ err: error }, "repeats not counted"));

const deps: AppDeps = {
  database,
  policy: config.policy,
  version: VERSION,
  publicUrl: config.publicUrl,
  rateLimit: config.rateLimit,
  findCredential: async (key) => {
    const hash = hashApiKey(key);
    const configured = keys.get(hash.toString("hex"));
    if (configured) return configured;
    const kept = await findCredential(database.acceptance, hash);
    if (kept) keyUse.note(hash);
    return kept;
  },
  isKnown(key) {
    const hash = hashApiKey(key);
    return keys.has(hash.toString("hex")) || knownKeys.has(hash);
  },
  runUrl: (workflowId) => `${namespaceUrl}/workflows/${encodeURIComponent(workflowId)}`,
  readStripeEvent: (raw, header) =>
    readStripeEvent(stripe, config.stripe.webhookSecrets, raw, header("stripe-signature") ?? ""),
  readFulfilmentEvent: (raw, header) => readFulfilmentEvent(config.fulfilment.secrets, raw, header),
  judgeWebhookUrl: (url) => judgeUrl(url, config.webhooks.allowPrivate),
  readiness: () => readReadiness(database, health),
  health: health.current,
  stopping: stoppingNow.signal,
  onRequest: record,
  onError: (error, requestId) => logger.error({ err: error, requestId }, "request failed"),
  links: {
    temporalUi: config.temporalUiUrl,
    runs: (query) => `${namespaceUrl}/workflows?query=${encodeURIComponent(query)}`,
    mailbox: config.mailboxUrl,
    firstRequest: firstRequest(config.publicUrl, config.demo ? config.apiKeys[0]?.key : undefined),
  },
  demoKeys: config.demo ? REFERENCE_KEYS : null,
  demo: createDemo(config),
};

/** Runs exist and can be seen with no worker to start them: what workers leave for 3 s is started from here. */
const dispatcher = startDispatcher(database, client, {
  eager: false,
  minAgeMs: 3_000,
  inFlight: 20,
  sweepMs: 1_000,
  publicUrl: config.publicUrl,
  onFailure: (error, row) => logger.warn({ err: error, seq: row?.seq }, "outbox row not delivered"),
});

/** Longer than usual load balancers keep an idle connection (60 s), so that none sends a request down one that just closed. */
const KEEP_ALIVE_MS = 65_000;

const server = createAdaptorServer({
  fetch: createApp(deps).fetch,
  serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: KEEP_ALIVE_MS },
});
const metrics = await serveMetrics(registry, config.host, config.metricsPort);
logger.info({ port: metrics.port }, "metrics ready");
const port = await listen(server, { host: config.host, port: config.port, setting: "PORT" });
logger.info({ url: config.publicUrl, port }, "api ready");

const reason = await stopping;
logger.info({ reason }, "api stopping");
stoppingNow.abort();
await stopInOrder(
  [
    { name: "server", stop: closeServer },
    { name: "known keys", stop: () => knownKeys.stop() },
    { name: "use of keys", stop: () => keyUse.stop() },
    { name: "repeats", stop: () => repeats.stop() },
    { name: "dispatcher", stop: () => dispatcher.stop() },
    { name: "health", stop: () => health.stop() },
    { name: "metrics", stop: () => metrics.stop() },
    { name: "temporal", stop: () => connection.close() },
    { name: "database", stop: () => database.close() },
  ],
  (problem) => logger.warn(problem),
);
process.exit(0);

function closeServer(): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (!("closeIdleConnections" in server)) return;
    server.closeIdleConnections();
    server.keepAliveTimeout = 1; // what is still answered keeps no connection
  });
}

function record(request: RequestRecord): void {
  const { seconds: took, ...line } = request;
  if (request.orderId !== null) {
    if (request.replayed) repeats.count(request.orderId, "replayed");
    if (request.problem === "idempotency-key-reused") repeats.count(request.orderId, "refused");
  }
  seconds.observe({ method: request.method, route: request.route, status: String(request.status) }, took);
  logger.info({ ...line, ms: Math.round(took * 10_000) / 10 }, "request");
}
