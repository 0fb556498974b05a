import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBenchService } from "./bench-service.js";
import { idem } from "./contenders.js";
import { moment, readProfiles } from "./cpu-profile.js";
import { cpuPerOrder, usageOf } from "./cpu-time.js";
import { inFlight } from "./in-flight.js";
import { closedLoop } from "./load/closed-loop.js";
import { placeOrder } from "./load/orders.js";
import { profileSection } from "./report/profile-section.js";
import type { Section } from "./report/section.js";
import { statementsDuring } from "./statements.js";
import { openWorld } from "./world.js";

export interface ProfileOptions {
  /** Orders under load, and those before by which the code gets warm. */
  orders: number;
  warmUp: number;
  /** Orders one after the other, of which the statements are counted. */
  counted: number;
}

export const PROFILED = ["api", "worker"] as const;
const WIDTH = 30;

/** Where an order's CPU time goes, in the processes of a service under load. */
export async function measureProfile(options: ProfileOptions): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "idem-profile-"));
  try {
    const { from, to, ...measured } = await underLoad(folder, options);
    const profiles = PROFILED.map((name) => ({ name, threads: readProfiles(join(folder, name), from, to) }));
    return profileSection({ options, profiles, ...measured });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function underLoad(profiles: string, { orders, warmUp, counted }: ProfileOptions) {
  const world = await openWorld();
  const service = await startBenchService(world, profiles);
  try {
    const ours = await idem(service, world);
    const place = () => placeOrder(ours);
    await closedLoop(world, warmUp, WIDTH, place);
    const statements = await statementsDuring(service, () =>
      inFlight(counted, 1, async () => {
        const done = world.more(1);
        await place();
        await done;
      }),
    );
    const [before, from] = [usageOf(ours.pids), moment()];
    const { perSecond, sent } = await closedLoop(world, orders, WIDTH, place);
    const to = moment();
    return { from, to, perSecond, sent, statements, cpuMs: cpuPerOrder(before, usageOf(ours.pids), sent) };
  } finally {
    await service.stop();
  }
}
