import { z } from "zod";

/** A link that customers are shown: https or nothing. What is no such link does not make the rest of a report unreadable. */
export const TrackingUrl = z
  .url({ protocol: /^https$/ })
  .max(2_000)
  .nullish()
  .catch(null)
  .transform((url) => url ?? null);
