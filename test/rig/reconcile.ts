import type { Finding } from "../../src/database/queries/reconciliation-records.js";
import type { TestApp } from "./test-app.js";
import { waitFor } from "./wait-for.js";

/** Young rows are left alone, so everything about the order becomes older. */
async function age({ db }: TestApp, orderId: string): Promise<void> {
  for (const [table, column, id] of [
    ["orders", "updated_at", "id"],
    ["commands", "created_at", "order_id"],
    ["provider_events", "received_at", "order_id"],
    ["emails", "next_attempt_at", "order_id"],
    ["refunds", "updated_at", "order_id"],
  ]) {
    await db.query(`update ${table} set ${column} = now() - interval '15 minutes' where ${id} = $1`, [orderId]);
  }
}

/** Has everything compared, with the order long at rest, until this is found about it. */
export async function findingOf(idem: TestApp, orderId: string, kind: Finding["kind"]): Promise<Finding> {
  const since = new Date();
  let triggered = 0;
  return waitFor(`${kind} to be found`, async () => {
    if (Date.now() - triggered > 2_000) {
      triggered = Date.now();
      await age(idem, orderId);
      await idem.client.schedule.getHandle("reconcile").trigger();
    }
    const finished = "select result from reconciliations where result->>'finishedAt' > $1";
    const { rows } = await idem.db.query(finished, [since.toISOString()]);
    return rows
      .flatMap(({ result }: { result: { findings: Finding[] } }) => result.findings)
      .find((finding) => finding.orderId === orderId && finding.kind === kind);
  });
}
