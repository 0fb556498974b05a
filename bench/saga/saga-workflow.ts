import { proxyActivities } from "@temporalio/workflow";
import type * as effects from "../order-effects.js";
import type { TakenOrder } from "../order-effects.js";

const { reserve, charge, ship, mail } = proxyActivities<typeof effects>({ startToCloseTimeout: "10 s" });

/** The order as the samples of Temporal teach it: four activities in a row, nothing beside them. */
export async function saga(order: TakenOrder): Promise<void> {
  await reserve(order);
  await charge(order);
  await ship(order);
  await mail(order);
}

/** The floor: a run that does nothing. */
export async function empty(): Promise<void> {}
