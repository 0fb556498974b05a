import { loadClientConnectConfig } from "@temporalio/envconfig";
import type { SettingIssue } from "./config-error.js";
import type { Sources } from "./sources.js";

type Loaded = ReturnType<typeof loadClientConnectConfig>["connectionOptions"];

export interface TemporalSettings {
  /** What Connection (API) and NativeConnection (worker) both understand. */
  connectionOptions: Pick<Loaded, "address" | "tls" | "apiKey" | "metadata">;
  namespace: string;
}

const LOCATING = ["TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"];

/** Whether the environment says where Temporal is; else it is the embedded one. */
export function namesTemporal(env: NodeJS.ProcessEnv): boolean {
  return LOCATING.some((name) => env[name]);
}

export function readTemporalSettings({
  env,
  engines,
  pending,
}: Sources): { settings: TemporalSettings } | { fault: SettingIssue } {
  if (namesTemporal(env)) return configured(env);
  const address = engines.temporalAddress;
  if (!address)
    return {
      fault: {
        ...missingAddress("or `npm run engines` with this IDEM_HOME"),
        ...(pending.has("engines") && { writtenBy: "engines" }),
      },
    };
  return { settings: { connectionOptions: { address }, namespace: env["TEMPORAL_NAMESPACE"] ?? "default" } };
}

function configured(env: NodeJS.ProcessEnv): { settings: TemporalSettings } | { fault: SettingIssue } {
  try {
    const { connectionOptions, namespace = "default" } = loadClientConnectConfig({
      overrideEnvVars: env as Record<string, string>,
      // A default profile must not redirect an address that was set explicitly.
      disableFile: !env["TEMPORAL_PROFILE"] && !env["TEMPORAL_CONFIG_FILE"],
    });
    const { address } = connectionOptions;
    if (!address) return { fault: missingAddress("or a profile that has one") };
    if (!/^[^\s/]+:\d{1,5}$/.test(address)) return { fault: invalidAddress(address) };
    return { settings: { connectionOptions: withoutUndefined(connectionOptions), namespace } };
  } catch (error) {
    return { fault: { setting: "TEMPORAL_*", problem: `cannot be read: ${(error as Error).message}` } };
  }
}

/** Whether a host:port is on this machine. */
export function isLoopback(address = ""): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):/.test(address);
}

function missingAddress(alternative: string): SettingIssue {
  return { setting: "TEMPORAL_ADDRESS", problem: `is missing, expected host:port of Temporal, ${alternative}` };
}

function invalidAddress(address: string): SettingIssue {
  return { setting: "TEMPORAL_ADDRESS", problem: `is ${JSON.stringify(address)}, expected host:port` };
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
