import type { Database } from "../database/database.js";
import type { Policy } from "../domain/policy.js";

/** What the services work with. */
export interface ServiceDeps {
  database: Database;
  /** The rules that an order lives by from its acceptance on. */
  policy: Policy;
}
