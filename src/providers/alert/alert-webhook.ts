import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { request } from "undici";
import type { AlertChannel } from "./alert-channel.js";

const TIMEOUT_MS = 5_000;

/** Alerts as a signed webhook (Standard Webhooks) of type `alerts`. Throws when the receiver does not answer 2xx. */
export function createAlertWebhook({ url, secret }: { url: string; secret: string }): AlertChannel {
  const signer = new Webhook(secret);
  return {
    name: "webhook",
    async send({ alerts, ended }) {
      const id = `msg_${randomUUID()}`;
      const now = new Date();
      const data = { alerts: alerts.map(({ name, text }) => ({ name, text })), ended };
      const body = JSON.stringify({ type: "alerts", timestamp: now.toISOString(), data });
      const { statusCode, body: answer } = await request(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
          "webhook-signature": signer.sign(id, now, body),
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.dump();
      if (statusCode >= 300) throw new Error(`the alert webhook answered ${statusCode}`);
    },
  };
}
