import type { Handler } from "hono";
import type { Readers } from "../../services/read-order.js";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

/** A route of the API that asks for a credential. */
export interface Route {
  method: "get" | "post" | "put";
  /** In Hono's spelling. */
  path: string;
  /** Who may use it; everybody with a credential when absent. */
  role?: "merchant" | "operator";
  handle(deps: AppDeps, readers: Readers): Handler<HttpEnv>;
}
