const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the Temporal UI is asked for: runs that are worth a look, each with what it shows. */
export function runQueries(): { query: string; label: string; about: string }[] {
  // To the hour, so that a page that is made again stays as it is.
  const yesterday = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - DAY_MS).toISOString();
  return [
    { query: "NeedsAttention = true", label: "In attention", about: "what needs an operator" },
    { query: 'OrderStatus = "rejected"', label: "Rejected", about: "orders that ended without a delivery" },
    {
      query: `ExecutionStatus = "Running" AND StartTime < "${yesterday}"`,
      label: "Open for long",
      about: "runs that are older than a day",
    },
  ];
}
