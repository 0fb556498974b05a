import type { FaultTable } from "./fault-table.js";
import type { Providers } from "./gateways.js";
import type { OrderStore } from "./order-store.js";
import type { Random } from "./random.js";
import type { Scenario } from "./scenario.js";
import type { SimulatedTemporal } from "./simulated-temporal.js";
import type { VirtualTime } from "./virtual-time.js";
import type { Webhooks } from "./webhooks.js";

/** What the parts of a simulation share. */
export interface World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly table: FaultTable;
  readonly store: OrderStore;
  readonly providers: Providers;
  readonly webhooks: Webhooks;
  readonly temporal: SimulatedTemporal;
  /** When the order changed last, or a fact about it was stored. Epoch milliseconds. */
  readonly changedAt: number;
  /** Reports a promise that was broken; it ends the simulation. */
  violated(what: string): void;
  log(line: () => string): void;
}
