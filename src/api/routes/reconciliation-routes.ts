import { readReconciliation } from "../../services/read-reconciliation.js";
import type { Route } from "./route.js";

export const readReconciliationRoute: Route = {
  method: "get",
  path: "/v1/reconciliation",
  role: "operator",
  handle: (deps) => async (c) => c.json(await readReconciliation(deps, { tenant: c.get("principal").tenant })),
};
