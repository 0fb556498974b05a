import { z } from "zod";

const Word = z
  .string()
  .max(500)
  .nullish()
  .transform((word) => word ?? null);

/** A link that customers are shown: https or nothing. What is no such link does not make the rest of a report unreadable. */
const Link = z
  .url({ protocol: /^https$/ })
  .max(2_000)
  .nullish()
  .catch(null)
  .transform((url) => url ?? null);

/** What the warehouse's answers and events say of a parcel; null where they do not. */
export const tracking = { carrier: Word, trackingNumber: Word, trackingUrl: Link };
