import { listUndeliveredEmails } from "../database/queries/list-attentions.js";
import { createKeyedRequest } from "./keyed-request.js";
import { type ResolutionRequest, resolveOrder } from "./resolve-order.js";
import type { ServiceDeps } from "./service-deps.js";

/**
 * Sends again the emails that were given up, of one order or of all: answers their open attentions with `retry`. Repeated,
 * it answers none twice. Returns the ids of the orders.
 */
export async function resendEmails(deps: ServiceDeps, input: { orderId: string | null }): Promise<string[]> {
  const orders: string[] = [];
  for (const { id, orderId, tenant } of await listUndeliveredEmails(deps.database.db, input.orderId)) {
    const body = { action: "retry", attention: id, reason: "idem emails resend" } satisfies ResolutionRequest;
    const scope = { operation: "resolve-order", parentId: orderId } as const;
    const raw = Buffer.from(JSON.stringify(body));
    const request = createKeyedRequest(
      { tenant, role: "operator", keyId: null },
      scope,
      `resend/${id}`,
      raw,
      body,
      () => body,
    );
    await resolveOrder(deps, { orderId, request });
    orders.push(orderId);
  }
  return orders;
}
