import { createHmac } from "node:crypto";

export const DELIVERY_MODES = ["good", "forged", "unsigned", "stale"] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

export interface Secrets {
  stripe: string;
  fulfilment: string;
}

interface Signable {
  id: string;
  provider: "stripe" | "fulfilment";
}

/** Beyond the 300 seconds that a receiver tolerates. */
const STALE_SECONDS = 600;

export function signatureHeaders(
  secrets: Secrets,
  event: Signable,
  body: string,
  mode: DeliveryMode,
): Record<string, string> {
  if (mode === "unsigned") return {};
  const at = Math.floor(Date.now() / 1_000) - (mode === "stale" ? STALE_SECONDS : 0);
  const signed = mode === "forged" ? `${body} ` : body;
  if (event.provider === "stripe") return { "Stripe-Signature": stripeSignature(secrets.stripe, signed, at) };
  return {
    "webhook-id": event.id,
    "webhook-timestamp": String(at),
    "webhook-signature": standardSignature(secrets.fulfilment, event.id, signed, at),
  };
}

function stripeSignature(secret: string, body: string, at: number): string {
  return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
}

function standardSignature(secret: string, id: string, body: string, at: number): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64")}`;
}
