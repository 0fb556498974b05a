import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBenchService } from "./bench-service.js";
import { moment, readProfiles } from "./cpu-profile.js";
import { cpuPerOrder, usageOf } from "./cpu-time.js";
import { inFlight } from "./in-flight.js";
import { closedLoop } from "./load/closed-loop.js";
import { placeOrder } from "./load/orders.js";
import { profileSection } from "./report/profile-section.js";
import type { Section } from "./report/section.js";
import { statementsDuring } from "./statements.js";
import { CONFIRMED, DELIVERED } from "./stub-providers/effect-ledger.js";
import { startStubProviders } from "./stub-providers/stub-providers.js";
import { idem } from "./systems.js";
import { wholeIdem } from "./whole-life/subjects.js";

export interface ProfileOptions {
  /** Orders under load, and those before that warm the code up. */
  orders: number;
  warmUp: number;
  /** Orders one after the other, whose statements are counted. */
  counted: number;
  /** How far the orders are carried. */
  until: "confirmed" | "delivered";
}

const PROFILED = ["api", "worker"] as const;
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

async function underLoad(profiles: string, { orders, warmUp, counted, until }: ProfileOptions) {
  const isWhole = until === "delivered";
  const each = isWhole ? DELIVERED : CONFIRMED;
  const providers = await startStubProviders();
  const service = await startBenchService(providers, { profiles });
  try {
    const ours = await (isWhole ? wholeIdem(service, providers) : idem(service, providers));
    const place = () => placeOrder(ours);
    await closedLoop(providers.ledger, warmUp, WIDTH, place, each);
    const statements = await statementsDuring(service, () =>
      inFlight(counted, 1, async () => {
        const done = providers.ledger.more(1, each);
        await place();
        await done;
      }),
    );
    const [before, from] = [usageOf(ours.pids), moment()];
    const { perSecond, sent } = await closedLoop(providers.ledger, orders, WIDTH, place, each);
    const to = moment();
    return { from, to, perSecond, sent, statements, cpuMs: cpuPerOrder(before, usageOf(ours.pids), sent) };
  } finally {
    await service.stop();
  }
}
