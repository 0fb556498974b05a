import { sql } from "kysely";
import { ownRefundId } from "../idempotency/derived-ids.js";
import { isGivenUp } from "../domain/shipment.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { requestOwnRefund } from "./refunds.js";

const causeOf = (shipmentId: string) => `share/${shipmentId}`;

/**
 * Refunds what was taken for shipments that failed or were recalled: of the money that was captured, all beyond the
 * shares of those that still count. Called when a shipment fails and when a capture is recorded, whichever comes last.
 */
export async function giveBackShares(order: OpenOrder): Promise<void> {
  const shipments = await order.trx
    .selectFrom("shipments")
    .select(["id", "status", "share"])
    .where("order_id", "=", order.id)
    .execute();
  const failed = shipments.filter(({ status }) => isGivenUp(status));
  if (failed.length === 0) return;
  const { captured } = await amountsOf(order.trx, order.id);
  const counting = shipments.filter((one) => !failed.includes(one)).reduce((sum, { share }) => sum + share, 0);
  let excess =
    captured -
    counting -
    (await givenBack(
      order,
      failed.map(({ id }) => id),
    ));
  for (const { id, share } of failed) {
    const amount = Math.min(share, excess);
    if (amount <= 0) return;
    if (await requestOwnRefund(order, causeOf(id), amount)) excess -= amount;
  }
}

/** What was refunded for failed shipments before. */
async function givenBack(order: OpenOrder, shipmentIds: string[]): Promise<number> {
  const row = await order.trx
    .selectFrom("refunds")
    .select(sql<number>`coalesce(sum(amount), 0)::bigint`.as("sum"))
    .where(
      "id",
      "in",
      shipmentIds.map((id) => ownRefundId(order.id, causeOf(id))),
    )
    .executeTakeFirstOrThrow();
  return row.sum;
}
