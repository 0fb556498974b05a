import { type EnginesFile, homeFolder, readEngines, readSimulator, type SimulatorFile } from "./home.js";
import { named, PROVIDERS, PROVIDER_NAMES, type ProviderName } from "./provider-settings.js";

/** The environment, completed by what the engines and the simulator of this home wrote. */
export interface Sources {
  env: NodeJS.ProcessEnv;
  home: string;
  engines: EnginesFile;
  simulator: SimulatorFile | null;
  /** The providers whose settings come from the simulator's file. */
  simulated: ReadonlySet<ProviderName>;
}

export function readSources(environment: NodeJS.ProcessEnv): Sources {
  const home = homeFolder(environment);
  const engines = readEngines(home) ?? {};
  const simulator = readSimulator(home);
  const simulated = new Set(
    simulator ? PROVIDER_NAMES.filter((provider) => named(provider, environment).length === 0) : [],
  );

  const env = { ...environment };
  for (const provider of simulated) Object.assign(env, simulator && PROVIDERS[provider].simulated(simulator));
  env["DATABASE_URL"] ||= engines.databaseUrl;
  env["TEMPORAL_UI_URL"] ||= engines.temporalUiUrl;
  return { env: withoutEmpty(env), home, engines, simulator, simulated };
}

// `NAME=` in a shell or a compose file means "not set".
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}
