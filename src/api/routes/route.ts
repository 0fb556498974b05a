import type { Handler } from "hono";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

/** A route of the API that requires a credential. */
export interface Route {
  method: "get" | "post" | "put" | "delete";
  /** In Hono's spelling. */
  path: string;
  /** Who may use it; merchant and operator when absent. A credential of the role `support` may use it when it reads. */
  role?: "merchant" | "operator";
  /** Its response is a page of as many items as `limit` says. */
  isPage?: true;
  handle(deps: AppDeps): Handler<HttpEnv>;
}
