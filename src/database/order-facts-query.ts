import { type Kysely, sql } from "kysely";
import { DEFAULT_AUTHORIZATION_MS } from "../domain/policy.js";
import type { OrderFacts, ShipmentFacts } from "../domain/order-snapshot.js";
import { amountsColumn, type Amounts } from "./ledger.js";
import { isToCome } from "../domain/shipment.js";
import type { OrderRow } from "./open-order.js";
import { stepOf } from "./operations.js";
import type { Tables } from "./schema.js";

type Around = OrderRow & {
  amounts: Amounts;
  shipments: (Pick<ShipmentFacts, "id" | "status"> & { shippedAt: number | null })[];
  attentions: OrderFacts["attentions"];
  mails: OrderFacts["mails"];
  openSteps: string[];
  skippedSteps: string[];
  authorizedAt: Date | null;
};

/** The facts a run goes by, as they stand: one statement, so that they fit each other. null: there is no such order. */
export async function readFacts(db: Kysely<Tables>, orderId: string): Promise<OrderFacts | null> {
  const order = await readAround(db, orderId);
  if (!order) return null;
  const endsAt =
    order.capture_before?.getTime() ?? (order.authorizedAt && order.authorizedAt.getTime() + DEFAULT_AUTHORIZATION_MS);
  return {
    revision: order.events,
    status: order.status,
    failure: order.failure_code,
    held: order.amounts.held,
    voidable: isVoidable(order),
    paymentOpen: order.openSteps.includes(stepOf.authorize),
    deadline: order.deadline?.getTime() ?? null,
    authorizationEndsAt: endsAt ?? null,
    shipments: order.shipments.map(({ shippedAt, ...shipment }) => ({
      ...shipment,
      deliveryDueAt: shippedAt && shippedAt + order.policy.deliveryDeadlineMs,
      captureDue: order.openSteps.includes(stepOf.capture(shipment.id)),
      requestOpen: order.openSteps.includes(stepOf.request(shipment.id)),
    })),
    attentions: order.attentions,
    mails: order.mails,
  };
}

/**
 * The same of an order that somebody just wrote who knows the rest: all its shipments were asked for, all its mails
 * went out, nobody was called. null where its row does not say the other half.
 */
export function factsOnceAsked(row: OrderRow, shipments: readonly { id: string }[]): OrderFacts | null {
  const authorized = row.status === "confirmed" && row.payment_status === "authorized";
  if (!authorized || row.capture_before === null || shipments.length === 0) return null;
  return {
    revision: row.events,
    status: row.status,
    failure: row.failure_code,
    held: row.total,
    voidable: false,
    paymentOpen: false,
    deadline: row.deadline?.getTime() ?? null,
    authorizationEndsAt: row.capture_before.getTime(),
    shipments: shipments.map(({ id }) => ({
      id,
      status: "requested",
      captureDue: false,
      requestOpen: false,
      deliveryDueAt: null,
    })),
    attentions: [],
    mails: [],
  };
}

/** Money that is held for nothing that is still to come, unless a person said to leave it. */
function isVoidable(row: Around): boolean {
  const { amounts, shipments, openSteps, skippedSteps, attentions } = row;
  const skipped = skippedSteps.includes(stepOf.void) || skippedSteps.includes(stepOf.lateVoid);
  const isAsked = row.payment_status === "pending" && row.payment_reference !== null;
  const waitsForBuyer = isAsked && openSteps.includes(stepOf.authorize);
  const givenUp = row.closed_at !== null || row.status === "cancelling" || row.failure_code !== null;
  const waitsForPerson = attentions.map(({ step }) => step);
  const toCome = shipments.some(
    ({ id, status }) => isToCome(status) || [...openSteps, ...waitsForPerson].includes(stepOf.capture(id)),
  );
  const cameToLife = row.closed_at !== null && openSteps.includes(stepOf.lateVoid);
  return (
    !skipped && (amounts.held > 0 || waitsForBuyer || cameToLife) && (givenUp || (shipments.length > 0 && !toCome))
  );
}

async function readAround(db: Kysely<Tables>, orderId: string): Promise<Around | undefined> {
  return db
    .selectFrom("orders")
    .selectAll()
    .select(({ ref }) => [
      amountsColumn(ref("orders.id")).as("amounts"),
      sql<Around["shipments"]>`(select coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status,
          'shippedAt', (extract(epoch from shipped_at) * 1000)::bigint) order by position), '[]')
        from shipments where order_id = orders.id)`.as("shipments"),
      sql<
        Around["attentions"]
      >`(select coalesce(jsonb_agg(jsonb_build_object('step', step, 'cause', cause) order by seq), '[]')
        from attentions where order_id = orders.id and resolved_at is null)`.as("attentions"),
      sql<Around["mails"]>`(select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'about', about)), '[]')
        from mails where order_id = orders.id and status = 'queued' and kind <> 'refunded')`.as("mails"),
      sql<
        string[]
      >`(select coalesce(jsonb_agg(step), '[]') from steps where order_id = orders.id and outcome is null)`.as(
        "openSteps",
      ),
      sql<string[]>`(select coalesce(jsonb_agg(step), '[]') from steps
        where order_id = orders.id and outcome->>'result' = 'skipped')`.as("skippedSteps"),
      sql<Date | null>`(select at from ledger_entries where order_id = orders.id and step = ${stepOf.authorize})`.as(
        "authorizedAt",
      ),
    ])
    .where("id", "=", orderId)
    .executeTakeFirst();
}
