import { type EnginesFile, homeFolder, readEngines, readSimulator, type SimulatorFile } from "./home.js";
import { named, PARTIES, PARTY_NAMES, type PartyName } from "./provider-settings.js";

/** The environment, completed by what the engines and the simulator of this home wrote. */
export interface Sources {
  env: NodeJS.ProcessEnv;
  home: string;
  engines: EnginesFile;
  simulator: SimulatorFile | null;
  /** The parties whose settings come from the simulator's file. */
  simulated: ReadonlySet<PartyName>;
}

export function readSources(environment: NodeJS.ProcessEnv): Sources {
  const home = homeFolder(environment);
  const engines = readEngines(home) ?? {};
  const simulator = readSimulator(home);
  const simulated = new Set(simulator ? PARTY_NAMES.filter((party) => named(party, environment).length === 0) : []);

  const env = { ...environment };
  for (const party of simulated) Object.assign(env, simulator && PARTIES[party].simulated(simulator));
  env["DATABASE_URL"] ||= engines.databaseUrl;
  env["TEMPORAL_UI_URL"] ||= engines.temporalUiUrl;
  return { env: withoutEmpty(env), home, engines, simulator, simulated };
}

// `NAME=` in a shell or a compose file means "not set".
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}
