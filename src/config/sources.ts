import type { SettingIssue } from "./config-error.js";
import { type EnginesFile, homeFolder, readEngines, readSimulator, type SimulatorFile } from "./home.js";
import { namesTemporal } from "./temporal-settings.js";
import { named, PROVIDER_SETTINGS, PROVIDER_NAMES, type ProviderName } from "./provider-settings.js";
import { readSecretFiles } from "./secret-files.js";

/** What may be started beside a process and writes its addresses into the home. */
export type LocalProgram = "engines" | "simulator";

/** The environment, completed by what the engines and the simulator of this home wrote. */
export interface Sources {
  env: NodeJS.ProcessEnv;
  home: string;
  engines: EnginesFile;
  simulator: SimulatorFile | null;
  /** The programs of this home that have written nothing yet; of a simulator only where an engine is of this home, too. */
  pending: ReadonlySet<LocalProgram>;
  /** The providers whose settings come from the simulator's file. */
  simulated: ReadonlySet<ProviderName>;
  /** What is wrong with the files that hold secrets. */
  fileIssues: SettingIssue[];
}

export function readSources(environment: NodeJS.ProcessEnv): Sources {
  const { env, issues } = readSecretFiles(environment);
  const home = homeFolder(env);
  const written = readEngines(home);
  const engines = written ?? {};
  const simulator = readSimulator(home);
  const simulated = new Set(simulator ? PROVIDER_NAMES.filter((provider) => named(provider, env).length === 0) : []);

  const isLocal = !env["DATABASE_URL"] || !namesTemporal(env);
  const pending = new Set<LocalProgram>([
    ...(written ? [] : (["engines"] as const)),
    ...(simulator || !isLocal ? [] : (["simulator"] as const)),
  ]);
  for (const provider of simulated) Object.assign(env, simulator && PROVIDER_SETTINGS[provider].simulated(simulator));
  env["DATABASE_URL"] ||= engines.databaseUrl;
  env["TEMPORAL_UI_URL"] ||= engines.temporalUiUrl;
  return { env: withoutEmpty(env), home, engines, simulator, pending, simulated, fileIssues: issues };
}

// `NAME=` in a shell or a compose file means "not set".
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}
