import { z } from "zod";

export const SimulationConfig = z.strictObject({
  /** The base URL that webhooks are sent to; null sends none. */
  webhookBase: z.string().nullable(),
  /** When false, events are recorded and never sent. */
  webhooks: z.boolean(),
  /** How long after the response an event is sent. */
  webhookDelayMs: z.number().nonnegative(),
  shipDelayMs: z.number().nonnegative(),
  deliverDelayMs: z.number().nonnegative(),
  /** How far the search index lags; lists are current. */
  searchLagMs: z.number().nonnegative(),
  /** Whether an intent that requests several captures is granted them. */
  multicapture: z.boolean(),
  /** How long a pending refund takes to be decided. */
  refundDelayMs: z.number().nonnegative(),
});
export type SimulationConfig = z.infer<typeof SimulationConfig>;

export const SimulationChange = SimulationConfig.partial();

/** Delays that let a person follow an order. */
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
