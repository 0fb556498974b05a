import { type Execution, readExecution } from "../../services/read-execution.js";
import type { Route } from "./route.js";

export const readExecutionRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/execution",
  handle: (deps) => async (c) => {
    const of = { tenant: c.get("principal").tenant, orderId: c.req.param("id") ?? "" };
    const execution = await readExecution(deps, of);
    c.set("orderId", of.orderId);
    return c.json(presentExecution(execution));
  },
};

const time = (at: Date | null) => at?.toISOString() ?? null;

function presentExecution({ operations, emails, repeats }: Execution) {
  return {
    operations: operations.map(
      ({ firstAttemptAt, decidedAt, result, code, declineCode, message, requestId, ...rest }) => ({
        name: rest.name,
        key: rest.key,
        round: rest.round,
        status: result ?? (firstAttemptAt ? "open" : "planned"),
        amount: rest.amount,
        reference: rest.reference,
        reason: code === null ? null : { code, declineCode, message, requestId },
        firstAttemptAt: time(firstAttemptAt),
        decidedAt: time(decidedAt),
      }),
    ),
    emails: emails.map(({ kind, about, status, createdAt, nextAttemptAt, sentAt }) => ({
      kind,
      about: about === "" ? null : about,
      status,
      createdAt: createdAt.toISOString(),
      nextAttemptAt: status === "queued" ? nextAttemptAt.toISOString() : null,
      sentAt: time(sentAt),
    })),
    repeats: { replayed: repeats.replayed, refused: repeats.refused, lastAt: time(repeats.lastAt) },
  };
}
