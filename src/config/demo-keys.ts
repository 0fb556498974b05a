import type { ApiKey } from "./settings.js";

/** Public, hence only where the simulator takes the payments. */
export const DEMO_KEYS: ApiKey[] = [
  { tenant: "acme", role: "merchant", key: "idem_demo_acme" },
  { tenant: "globex", role: "merchant", key: "idem_demo_globex" },
  { tenant: "acme", role: "operator", key: "idem_demo_acme_operator" },
];
