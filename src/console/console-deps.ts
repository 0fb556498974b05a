import type { Role } from "../domain/role.js";
import type { Credential } from "../services/keyed-request.js";
import type { ServiceDeps } from "../services/service-deps.js";
import type { Demo } from "./demo.js";

/** What the console is made of; src/api/app.ts passes it in. */
export interface ConsoleDeps extends Pick<ServiceDeps, "database"> {
  version: string;
  publicUrl: string;
  /** Sends a request to the API of this process, as if it came over the connection of `env`. */
  ask(path: string, init: RequestInit, env: unknown): Promise<Response>;
  /** Whose key this is, as the API judges it. Throws a ProblemError. */
  checkCredential(key: string, address: string): Promise<Credential>;
  /** The runs of the Temporal UI that a query finds. */
  runs(query: string): string;
  mailbox: string | null;
  /** Null where real providers are connected. */
  demo: Demo | null;
  onError(error: unknown, requestId: string): void;
}

/** What a request of the console requires: a key of this role, or of either that may act. */
export type Needed = Exclude<Role, "support"> | "either";
