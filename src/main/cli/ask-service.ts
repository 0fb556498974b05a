import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { IdemClient, IdemError } from "../../client/index.js";
import { sendRequest, type ServiceAnswer, type ServiceRequest } from "../../client/send-request.js";
import { loadServiceSettings } from "../../config/service-settings.js";

/** Exit statuses besides 0. */
export const STATUS = { refused: 1, usage: 2, noAnswer: 3 } as const;
export const STATUS_HELP = `
Exit status: 0 done, 1 refused or something differs, 2 wrong usage or settings, 3 the service did not answer.
The service is at IDEM_URL, asked with IDEM_API_KEY (or IDEM_API_KEY_FILE); with \`npm start\` neither is needed.`;

const GIVE_UP_AFTER_MS = 20_000;

/** The API, as a command asks it. */
export interface Service {
  client: IdemClient;
  get(path: string): Promise<unknown>;
  put(path: string, body: object): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  /** A keyed request. Without a key of its own it has one that derives from it: typed twice it happens once. */
  post(path: string, body: object, key?: string): Promise<{ json: unknown; replayed: boolean }>;
}

/** Asks the service and prints what it refuses; the exit status says which. */
export async function withService(
  role: "merchant" | "operator",
  work: (service: Service) => Promise<void>,
): Promise<void> {
  const { url, apiKey } = loadServiceSettings(role);
  const options = { baseUrl: url, apiKey, giveUpAfterMs: GIVE_UP_AFTER_MS };
  const send = (method: ServiceRequest["method"], path: string, more = {}): Promise<ServiceAnswer> =>
    sendRequest(options, { method, path, ...more });
  const service: Service = {
    client: new IdemClient(options),
    async get(path) {
      return (await send("GET", path)).json;
    },
    async put(path, body) {
      return (await send("PUT", path, { body: JSON.stringify(body) })).json;
    },
    delete: (path) => send("DELETE", path),
    post(path, content, key) {
      const body = JSON.stringify(content);
      const headers = { "Idempotency-Key": key ?? keyOf(path, body) };
      return send("POST", path, { headers, body });
    },
  };
  try {
    await work(service);
  } catch (error) {
    if (!(error instanceof IdemError)) throw error;
    process.stderr.write(`${explain(error, url)}\n`);
    process.exitCode = error.code === "no-answer" ? STATUS.noAnswer : STATUS.refused;
  }
}

function keyOf(path: string, body: string): string {
  return `idem-cli-${createHash("sha256").update(`${path}\n${body}`).digest("hex")}`;
}

function explain(error: IdemError, url: string): string {
  if (error.code === "no-answer")
    return `${url} does not answer: ${error.message}. Is it running there? \`npm start\` starts it here; IDEM_URL names another place.`;
  const { errors = [], requestId } = error.problem ?? {};
  const faults = errors.map(({ pointer, message }) => `\n  ${pointer || "/"}  ${message}`).join("");
  return `${error.message}${faults}${requestId ? ` (${error.code}, request ${requestId})` : ` (${error.code})`}`;
}

/** The JSON object in a file; `-` is standard input. */
export function readJsonFile(path: string): object {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // refused below
  }
  throw new InvalidArgumentError("is not a JSON object");
}

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

export function signedNumber(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  return sign * wholeNumber(text.replace(/^[-+]/, ""));
}

/** Whether a script reads what is printed. */
export const withJson = (command: Command): Command => command.option("--json", "print JSON, for scripts");
