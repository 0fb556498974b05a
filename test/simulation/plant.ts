import type { Activities } from "../../activities/index.js";
import type { Database } from "../../src/database/database.js";
import type { Order } from "../../src/domain/order.js";
import { runOrder, runTakeover } from "../../workflows/process-order.js";
import { processRefund } from "../../workflows/refund-workflow.js";
import type { Runtime } from "../../workflows/runtime.js";
import type { Stories } from "./simulated-temporal.js";

/** What a planted activity may reach. */
export interface PlantedWorld {
  database: Database;
  order(): Order;
}

/** What may be put in the place of the product's own: a planted fault. */
export interface Plant {
  stories?: Partial<Stories>;
  runtime?(runtime: Runtime): Runtime;
  activities?(activities: Activities, world: PlantedWorld): Partial<Activities>;
}

/** The product's own workflows, but for what is planted. */
export function plantedStories({ stories = {}, runtime: wrapped = (runtime: Runtime) => runtime }: Plant): Stories {
  const { order = runOrder, takeover = runTakeover, refund = processRefund } = stories;
  return {
    order: (runtime, orderId) => order(wrapped(runtime), orderId),
    takeover: (runtime, orderId) => takeover(wrapped(runtime), orderId),
    refund: (runtime, input) => refund(wrapped(runtime), input),
  };
}
