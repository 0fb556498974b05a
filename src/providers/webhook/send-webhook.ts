import { Webhook } from "standardwebhooks";
import { Agent, type Dispatcher, request } from "undici";
import type { Attempt, AttemptError } from "../../domain/webhook-attempt.js";
import { AddressNotAllowedError, judgeUrl, lookupPublic } from "./public-address.js";

/** What is delivered: a body, signed by every secret, under an id that its repeats keep. */
interface WebhookMessage {
  url: string;
  secrets: readonly string[];
  id: string;
  body: string;
}

export interface WebhookClient {
  /** One attempt. It never throws: an attempt that brings no answer says why. */
  send(message: WebhookMessage): Promise<Attempt>;
  close(): Promise<void>;
}

/** Of a whole attempt, the connection included. */
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 16 * 1024;
const EXCERPT_CHARACTERS = 200;
/** To one endpoint at once: its batches send no more. */
const CONNECTIONS = 16;
const IDLE_MS = 4_000;

/** Delivers webhooks by the Standard Webhooks scheme. Redirects are not followed: what they lead to was not registered. */
export function createWebhookClient({ allowPrivate }: { allowPrivate: boolean }): WebhookClient {
  const agent = new Agent({
    connect: { timeout: TIMEOUT_MS, ...(!allowPrivate && { lookup: lookupPublic }) },
    connections: CONNECTIONS,
    keepAliveTimeout: IDLE_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxHeaderSize: ANSWER_BYTES,
  });
  return {
    async send(message) {
      const at = Date.now();
      const began = performance.now();
      const durationMs = () => Math.round(performance.now() - began);
      try {
        const refused = judgeUrl(message.url, allowPrivate);
        if (refused !== null) throw new AddressNotAllowedError(refused);
        const { statusCode, excerpt } = await post(agent, message, at);
        return { at, durationMs: durationMs(), statusCode, error: null, excerpt };
      } catch (error) {
        return { at, durationMs: durationMs(), statusCode: null, error: classOf(error), excerpt: null };
      }
    },
    close: () => agent.destroy(),
  };
}

async function post(dispatcher: Dispatcher, { url, secrets, id, body }: WebhookMessage, at: number) {
  const time = new Date(at);
  const answer = await request(url, {
    method: "POST",
    dispatcher,
    headers: {
      "content-type": "application/json",
      "user-agent": "Idem",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at / 1_000)),
      "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, time, body)).join(" "),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { statusCode: answer.statusCode, excerpt: await readExcerpt(answer.body) };
}

/** Reads so much of an answer as keeps the connection usable, and no more. What is wrong with it changes no status. */
async function readExcerpt(body: Dispatcher.ResponseData["body"]): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes > ANSWER_BYTES) break; // leaving the loop ends the connection
    }
  } catch {
    // The status has come; the rest does not matter.
  }
  const text = Buffer.concat(parts)
    .toString("utf8")
    .replaceAll(/\p{Cc}+/gu, " ");
  return Array.from(text).slice(0, EXCERPT_CHARACTERS).join("").trim() || null;
}

const BY_CODE: [RegExp, AttemptError][] = [
  [/^ADDRESS_NOT_ALLOWED$/, "address_not_allowed"],
  [/^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/, "dns"],
  [/TIMEOUT|^ETIMEDOUT|^ABORT_ERR/, "timeout"],
  [/CERT|SSL|TLS|VERIFY|^EPROTO$/, "tls"],
];

function classOf(error: unknown): AttemptError {
  if (!(error instanceof Error)) return "connection";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
  const code = "code" in error ? String(error.code) : "";
  return BY_CODE.find(([form]) => form.test(code))?.[1] ?? "connection";
}
