import { type EmailRow, listEmails, listOperations, type OperationRow } from "../database/queries/order-execution.js";
import { type CountedRepeats, findRepeats } from "../database/queries/order-repeats.js";
import { readOrder } from "./read-order.js";
import type { ServiceDeps } from "./service-deps.js";

/** How an order was carried out: what was asked of providers, what was sent, and how often it was repeated. */
export interface Execution {
  operations: OperationRow[];
  emails: EmailRow[];
  repeats: CountedRepeats;
}

export async function readExecution(
  deps: Pick<ServiceDeps, "database">,
  of: { tenant: string; orderId: string },
): Promise<Execution> {
  await readOrder(deps, of);
  const { session } = deps.database;
  const [operations, emails, repeats] = await Promise.all([
    listOperations(session, of.orderId),
    listEmails(session, of.orderId),
    findRepeats(session, of.orderId),
  ]);
  return { operations, emails, repeats };
}
