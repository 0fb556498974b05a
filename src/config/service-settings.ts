import { DEMO_KEYS } from "./demo-keys.js";
import { invalidSetting, refuseToStart } from "./config-error.js";
import { localUrl } from "./local-url.js";
import { Settings } from "./settings.js";
import { readSources } from "./sources.js";

export interface ServiceSettings {
  /** Where the API is. */
  url: string;
  apiKey: string;
}

const Asked = Settings.pick({ HOST: true, PORT: true });

/**
 * Where a caller on this machine finds the API, and as whom it asks: IDEM_URL and IDEM_API_KEY, or in a demo what
 * `npm start` serves and its public key of that role. Prints what is missing and exits with status 2.
 */
export function loadServiceSettings(role: "merchant" | "operator"): ServiceSettings {
  const { env, simulator, fileIssues } = readSources(process.env);
  const url = env["IDEM_URL"] ?? localAddress(env);
  const isDemo = simulator !== null && !env["API_KEYS"];
  const apiKey = env["IDEM_API_KEY"] ?? (isDemo ? DEMO_KEYS.find((key) => key.role === role)?.key : undefined);
  const problem = `is missing, expected an API key of the role ${role}, or IDEM_HOME of a demo that runs here`;
  if (fileIssues.length > 0) return refuseToStart(fileIssues);
  if (!URL.canParse(url))
    return refuseToStart([
      { setting: "IDEM_URL", problem: `is ${JSON.stringify(url)}, expected the address of the API` },
    ]);
  return apiKey === undefined ? refuseToStart([{ setting: "IDEM_API_KEY", problem }]) : { url, apiKey };
}

function localAddress(env: NodeJS.ProcessEnv): string {
  const parsed = Asked.safeParse(env);
  if (parsed.success) return localUrl(parsed.data.HOST, parsed.data.PORT);
  return refuseToStart([invalidSetting("PORT", env["PORT"] ?? "")]);
}
