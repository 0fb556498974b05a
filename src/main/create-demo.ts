import type { Config } from "../config/config.js";
import { CRASH_WORKER, REFERENCE_KEYS } from "../config/demo-keys.js";
import type { Demo, Scenario, TriedOrder } from "../console/demo.js";

const KEYS_REMEMBERED = 1_000;

/** The faults of a scenario, as the simulator's control API takes them. */
function faultsOf(scenario: Scenario, { amount, email }: TriedOrder): object[] {
  // The official SDK repeats a call once after a reset connection: the second loss is the one that it reports.
  if (scenario === "lost-answer") return [{ op: "authorize", action: "drop-after", amount, count: 2 }];
  if (scenario === "email-down") return [{ op: "mail", action: "fail-before", to: email, count: 3 }];
  return [];
}

/** What a demo can do; null where real providers are connected. */
export function createDemo({ demo, simulatorControlUrl }: Config): Demo | null {
  if (!demo || simulatorControlUrl === null) return null;
  const prepared = new Map<string, Promise<void>>();
  const script = async (faults: object[]) => {
    if (faults.length === 0) return;
    const answer = await fetch(`${simulatorControlUrl}/faults`, { method: "POST", body: JSON.stringify(faults) });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to the faults of a scenario`);
  };
  return {
    keys: Object.values(REFERENCE_KEYS),
    prepare(key, scenario, order) {
      const known = prepared.get(key);
      if (known) return known;
      const scripted = script(faultsOf(scenario, order));
      scripted.catch(() => prepared.delete(key));
      prepared.set(key, scripted);
      for (const oldest of prepared.keys()) if (prepared.size > KEYS_REMEMBERED) prepared.delete(oldest);
      return scripted;
    },
    crashWorker: process.send ? () => process.send?.(CRASH_WORKER) : null,
  };
}
