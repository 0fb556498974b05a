import { IdemError } from "./idem-error.js";

const TOLERANCE_MS = 5 * 60_000;

/**
 * The content of a webhook that one of the secrets (`whsec_...`) signed within the last 5 minutes, by the Standard Webhooks
 * scheme (standardwebhooks.com). `body` is the text as it was received. Throws IdemError `webhook-invalid` for any other.
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: { get(name: string): string | null },
  body: string,
): Promise<unknown> {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    headers.get(name),
  );
  if (!id || !timestamp || !signatures) throw invalid("the webhook is not signed");
  if (!(Math.abs(Date.now() - Number(timestamp) * 1000) <= TOLERANCE_MS)) throw invalid("the webhook is not recent");
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const given = signatures.split(" ").flatMap((one) => (one.startsWith("v1,") ? [one.slice(3)] : []));
  for (const secret of typeof secrets === "string" ? [secrets] : secrets) {
    const key = await hmacKey(secret);
    for (const signature of given) {
      const bytes = fromBase64(signature);
      if (bytes && (await crypto.subtle.verify("HMAC", key, bytes, signed))) return JSON.parse(body) as unknown;
    }
  }
  throw invalid("no signature of the webhook is of these secrets");
}

function hmacKey(secret: string) {
  const bytes = fromBase64(secret.replace(/^whsec_/, ""));
  if (!bytes) throw invalid("a secret is not whsec_ and base64");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function invalid(message: string): IdemError {
  return new IdemError("webhook-invalid", message);
}
