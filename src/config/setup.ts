import type { z } from "zod";
import { invalidSetting, refuseToStart } from "./config-error.js";
import { homeFolder } from "./home.js";
import { named, PROVIDER_NAMES } from "./provider-settings.js";
import { readSecretFiles } from "./secret-files.js";
import { type SettingName, Settings } from "./settings.js";
import { namesTemporal } from "./temporal-settings.js";

/** What the processes that bring things up must know: which of them the environment says are external. */
export interface Setup {
  home: string;
  host: string;
  port: number;
  /** Whether PORT is set, rather than left to its default. */
  portChosen: boolean;
  publicUrl: string | null;
  external: { temporal: boolean; postgres: boolean; providers: boolean };
  simulator: SimulatorSetup;
}

/** For a simulator that others reach over a network and that signs with secrets they were given. */
export interface SimulatorSetup {
  host: string;
  stripeWebhookSecret: string | null;
  fulfilmentSecret: string | null;
}

const Launch = Settings.pick({ PORT: true, HOST: true, PUBLIC_URL: true });

export function loadSetup(): Setup {
  const { env, issues } = readSecretFiles(process.env);
  if (issues.length > 0) return refuseToStart(issues);
  const parsed = Launch.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value)));
  if (!parsed.success) return refuseToStart(issuesOf(parsed.error, env));
  const { HOST: host, PORT: port, PUBLIC_URL: publicUrl = null } = parsed.data;
  const providers = PROVIDER_NAMES.every((provider) => named(provider, env).length > 0);
  const external = { temporal: namesTemporal(env), postgres: Boolean(env["DATABASE_URL"]), providers };
  const portChosen = Boolean(env["PORT"]);
  return { home: homeFolder(env), host, port, portChosen, publicUrl, external, simulator: simulatorOf(env) };
}

function simulatorOf(env: NodeJS.ProcessEnv): SimulatorSetup {
  return {
    host: env["SIMULATOR_HOST"] || "127.0.0.1",
    stripeWebhookSecret: env["SIMULATOR_STRIPE_WEBHOOK_SECRET"] || null,
    fulfilmentSecret: env["SIMULATOR_FULFILMENT_SECRET"] || null,
  };
}

function issuesOf(error: z.ZodError, env: NodeJS.ProcessEnv) {
  const names = error.issues.map((issue) => issue.path[0] as SettingName);
  return names.map((name) => invalidSetting(name, env[name] ?? ""));
}
