import { randomBytes } from "node:crypto";
import {
  deleteEndpoint,
  enableEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  rotateSecret,
  type WebhookEndpoint,
} from "../database/queries/webhook-endpoints.js";
import { ProblemError } from "../domain/problem-error.js";
import type { TimelineType } from "../domain/timeline.js";
import { answerOnce, type StoredAnswer } from "./answer-once.js";
import { type KeyedRequest, notFoundError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export type { WebhookEndpoint };

type Deps = Pick<ServiceDeps, "database">;

export interface WebhookEndpointRequest {
  url: string;
  /** Every type when absent. */
  types?: TimelineType[] | undefined;
}

export interface OfEndpoint {
  tenant: string;
  endpointId: string;
}

/** Endpoints of a tenant at once, by a constraint of the table. */
const MOST = 10;
/** Bytes of a secret, of which Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** Draws a secret in the form that libraries of Standard Webhooks take. */
function drawSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** How an endpoint is shown; its secret only where it was drawn. */
type Present = (endpoint: WebhookEndpoint, secret?: string) => object;

/** Registers an endpoint, once for its key; it has the events from then on. */
export function createWebhookEndpoint(
  { database }: Deps,
  { request, present }: { request: KeyedRequest<WebhookEndpointRequest>; present: Present },
): Promise<StoredAnswer> {
  const { id, principal } = request;
  return answerOnce(database, request, async (session, { url, types = null }) => {
    const secret = drawSecret();
    // Another may take the place that was free; as often as there are places.
    for (let tries = 0; tries < MOST; tries++) {
      const made = await insertEndpoint(session, { id, tenant: principal.tenant, url, types, secret }, MOST);
      if (made) return present(made, secret);
    }
    throw new ProblemError("webhook-endpoint-limit", `A tenant may have ${MOST} webhook endpoints.`);
  });
}

/** A new secret; the former one signs beside it for a day. */
export async function rotateWebhookSecret(
  deps: Deps,
  { request, present, ...of }: OfEndpoint & { request: KeyedRequest<object>; present: Present },
): Promise<StoredAnswer> {
  await readWebhookEndpoint(deps, of);
  return answerOnce(deps.database, request, async (session) => {
    const secret = drawSecret();
    return present(existing(await rotateSecret(session, of.endpointId, secret)), secret);
  });
}

/** Has an endpoint delivered to again, from where it was disabled; an enabled one is tried at once. */
export async function enableWebhookEndpoint(
  deps: Deps,
  { request, present, ...of }: OfEndpoint & { request: KeyedRequest<object>; present: Present },
): Promise<StoredAnswer> {
  await readWebhookEndpoint(deps, of);
  return answerOnce(deps.database, request, async (session) =>
    present(existing(await enableEndpoint(session, of.endpointId))),
  );
}

export async function deleteWebhookEndpoint({ database }: Deps, { tenant, endpointId }: OfEndpoint): Promise<void> {
  if (!(await deleteEndpoint(database.session, tenant, endpointId))) throw notFoundError();
}

export function listWebhookEndpoints({ database }: Deps, tenant: string): Promise<WebhookEndpoint[]> {
  return listEndpoints(database.session, tenant);
}

export async function readWebhookEndpoint({ database }: Deps, { tenant, endpointId }: OfEndpoint) {
  return existing(await findEndpoint(database.session, tenant, endpointId));
}

function existing<T>(found: T | null): T {
  if (found === null) throw notFoundError();
  return found;
}
