import type { ApiKey } from "./settings.js";

/** Public, hence only where the simulator takes the payments. */
export const DEMO_KEYS: ApiKey[] = [
  { tenant: "acme", role: "merchant", key: "idem_demo_acme" },
  { tenant: "globex", role: "merchant", key: "idem_demo_globex" },
  { tenant: "acme", role: "operator", key: "idem_demo_acme_operator" },
];

/** What the API of `npm start` sends to its parent, which then ends the worker as a crash would, and starts another. */
export const CRASH_WORKER = "crash-worker";

/** What the reference page fills in. */
export const REFERENCE_KEYS = { merchantKey: "idem_demo_acme", operatorKey: "idem_demo_acme_operator" } as const;
