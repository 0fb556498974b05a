import { z } from "zod";

export const SimulationConfig = z.strictObject({
  /** Where webhooks go; null sends none. */
  webhookBase: z.string().nullable(),
  /** False: events are recorded and never sent. */
  webhooks: z.boolean(),
  /** An event follows its answer by this much. */
  webhookDelayMs: z.number().nonnegative(),
  shipDelayMs: z.number().nonnegative(),
  deliverDelayMs: z.number().nonnegative(),
  /** How far the search index is behind; lists are not. */
  searchLagMs: z.number().nonnegative(),
  /** Whether an intent that asked for several captures gets them. */
  multicapture: z.boolean(),
  /** How long a pending refund takes to be decided. */
  refundDelayMs: z.number().nonnegative(),
});
export type SimulationConfig = z.infer<typeof SimulationConfig>;

export const SimulationChange = SimulationConfig.partial();

/** Slow enough that a person can watch an order move. */
export function demoConfig(webhookBase: string | null): SimulationConfig {
  return {
    webhookBase,
    webhooks: true,
    webhookDelayMs: 40,
    shipDelayMs: 4_000,
    deliverDelayMs: 6_000,
    searchLagMs: 60_000,
    multicapture: false,
    refundDelayMs: 2_000,
  };
}
