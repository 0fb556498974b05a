import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { log } from "../log.js";
import { sendRequest } from "../load/send-request.js";
import { FULFILMENT_SECRET, STRIPE_WEBHOOK_SECRET } from "./provider-settings.js";

export interface EventReceivers {
  fulfilmentUrl: string;
  /** Null for a system that goes by the answers of the payment provider alone. */
  stripeUrl: string | null;
}

const RETRY_AFTER_MS = 250;
const FIRST_LOGGED_ATTEMPT = 8;

/** Sends signed events as the providers do: again and again until they are acknowledged. */
export class EventSender {
  private readonly receivers: EventReceivers;

  constructor(receivers: EventReceivers) {
    this.receivers = receivers;
  }

  /** A warehouse's event by Standard Webhooks; resolves once it was acknowledged. */
  async sendShipmentEvent(type: string, data: object): Promise<void> {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const id = `msg_${randomUUID()}`;
    await this.deliver(this.receivers.fulfilmentUrl, body, (at) => ({
      "webhook-id": id,
      "webhook-timestamp": at,
      "webhook-signature": `v1,${hmac(FULFILMENT_KEY, `${id}.${at}.${body}`, "base64")}`,
    }));
  }

  /** A Stripe event about a PaymentIntent; resolves once it was acknowledged. */
  async sendPaymentEvent(type: string, intent: object): Promise<void> {
    if (this.receivers.stripeUrl === null) return;
    const event = { id: `evt_${randomUUID()}`, object: "event", type, created: Math.floor(Date.now() / 1000) };
    const body = JSON.stringify({ ...event, livemode: false, data: { object: intent } });
    await this.deliver(this.receivers.stripeUrl, body, (at) => ({
      "stripe-signature": `t=${at},v1=${hmac(STRIPE_WEBHOOK_SECRET, `${at}.${body}`, "hex")}`,
    }));
  }

  private async deliver(url: string, text: string, sign: (at: string) => Record<string, string>): Promise<void> {
    const body = Buffer.from(text);
    for (let attempt = 1; ; attempt++) {
      const headers = { "content-type": "application/json", ...sign(String(Math.floor(Date.now() / 1000))) };
      try {
        await sendRequest(url, { method: "POST", headers, body, expected: [200, 202, 204] });
        return;
      } catch (error) {
        if (attempt >= FIRST_LOGGED_ATTEMPT) log(`an event was not acknowledged: ${String(error)}`);
      }
      await pause(RETRY_AFTER_MS);
    }
  }
}

const FULFILMENT_KEY = Buffer.from(FULFILMENT_SECRET.replace(/^whsec_/, ""), "base64");

function hmac(key: string | Buffer, text: string, encoding: "hex" | "base64"): string {
  return createHmac("sha256", key).update(text).digest(encoding);
}
