import type { Client } from "@temporalio/client";
import type { Registry } from "prom-client";
import { createAlerter } from "../background/alerter.js";
import { type HealthWatch, watchHealth } from "../background/health-watch.js";
import type { Config } from "../config/config.js";
import type { Database } from "../database/database.js";
import type { AlertChannel } from "../providers/alert/alert-channel.js";
import { createAlertEmail } from "../providers/alert/alert-email.js";
import { createAlertWebhook } from "../providers/alert/alert-webhook.js";
import { createSmtpEmail } from "../providers/email/smtp-email.js";
import { registerHealth } from "./health-metrics.js";
import type { Logger } from "./logging.js";

interface HealthDeps {
  config: Config;
  database: Database;
  client: Client;
  registry: Registry;
  logger: Logger;
}

/** Reads the service's health from now on: for metrics, alerts and `GET /v1/health`. Every process does. */
export function startHealth({ config, database, client, registry, logger }: HealthDeps): HealthWatch {
  const send = createAlerter({
    database,
    channels: channelsOf(config),
    repeatMs: config.alerts.repeatMs,
    onFailure: (error, channel) => logger.warn({ err: error, channel }, "alert not sent, it is sent again"),
  });
  const onFailure = (error: unknown) => logger.error({ err: error }, "health not reported");
  const watch = watchHealth({ database, client, onRead: send, onFailure });
  registerHealth(registry, watch.current);
  return watch;
}

function channelsOf({ alerts, email }: Config): AlertChannel[] {
  return [
    ...(alerts.webhook ? [createAlertWebhook(alerts.webhook)] : []),
    ...(alerts.email ? [createAlertEmail(createSmtpEmail(email.smtpUrl, email.from), alerts.email, email.domain)] : []),
  ];
}
