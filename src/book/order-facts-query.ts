import { type Transaction, sql } from "kysely";
import { DEFAULT_AUTHORIZATION_MS } from "../order/policy.js";
import type { OrderFacts, ShipmentFacts } from "../order/order-facts.js";
import { amountsColumn, type Amounts } from "./ledger.js";
import type { OrderRow } from "./open-order.js";
import { stepOf } from "./steps.js";
import type { Tables } from "./tables.js";

interface Around {
  amounts: Amounts;
  shipments: (Pick<ShipmentFacts, "id" | "status"> & { shippedAt: number | null })[];
  attentions: OrderFacts["attentions"];
  mails: OrderFacts["mails"];
  openSteps: string[];
  skippedSteps: string[];
  authorizedAt: Date | null;
}

/** The facts a run goes by, read in the transaction that made the newest of them. */
export async function readFacts(trx: Transaction<Tables>, row: OrderRow): Promise<OrderFacts> {
  const around = await readAround(trx, row.id);
  const paymentOpen = around.openSteps.includes(stepOf.authorize);
  const endsAt = row.capture_before?.getTime() ?? (around.authorizedAt && around.authorizedAt.getTime() + DEFAULT_AUTHORIZATION_MS);
  return {
    revision: row.events,
    status: row.status,
    failure: row.failure_code,
    paymentStatus: row.payment_status,
    held: around.amounts.held,
    voidable: isVoidable(row, around),
    paymentOpen,
    deadline: row.deadline?.getTime() ?? null,
    authorizationEndsAt: endsAt ?? null,
    shipments: around.shipments.map(({ shippedAt, ...shipment }) => ({
      ...shipment,
      deliveryDueAt: shippedAt && shippedAt + row.policy.deliveryDeadlineMs,
      captureDue: around.openSteps.includes(stepOf.capture(shipment.id)),
      requestOpen: around.openSteps.includes(stepOf.request(shipment.id)),
    })),
    attentions: around.attentions,
    mails: around.mails,
  };
}

/** Money that is held for nothing that is still to come, unless a person said to leave it. */
function isVoidable(row: OrderRow, { amounts, shipments, openSteps, skippedSteps }: Around): boolean {
  const skipped = skippedSteps.includes(row.closed_at === null ? stepOf.void : stepOf.lateVoid);
  const waitsForBuyer = row.payment_status === "pending" && openSteps.includes(stepOf.authorize);
  const givenUp = row.closed_at !== null || row.status === "cancelling" || row.failure_code !== null;
  const toCome = shipments.some(({ id, status }) => !isOver(status) || openSteps.includes(stepOf.capture(id)));
  const cameToLife = row.closed_at !== null && openSteps.includes(stepOf.lateVoid);
  return !skipped && (amounts.held > 0 || waitsForBuyer || cameToLife) && (givenUp || (shipments.length > 0 && !toCome));
}

function isOver(status: ShipmentFacts["status"]): boolean {
  return status !== "pending" && status !== "requested";
}

async function readAround(trx: Transaction<Tables>, orderId: string): Promise<Around> {
  const id = sql.val(orderId);
  const found = await trx
    .selectNoFrom([
      amountsColumn(id).as("amounts"),
      sql<Around["shipments"]>`(select coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status,
          'shippedAt', (extract(epoch from shipped_at) * 1000)::bigint) order by position), '[]')
        from shipments where order_id = ${id})`.as("shipments"),
      sql<Around["attentions"]>`(select coalesce(jsonb_agg(jsonb_build_object('step', step, 'cause', cause) order by seq), '[]')
        from attentions where order_id = ${id} and resolved_at is null)`.as("attentions"),
      sql<Around["mails"]>`(select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'about', about)), '[]')
        from mails where order_id = ${id} and status = 'queued' and kind <> 'refunded')`.as("mails"),
      sql<string[]>`(select coalesce(jsonb_agg(step), '[]') from steps where order_id = ${id} and outcome is null)`.as("openSteps"),
      sql<string[]>`(select coalesce(jsonb_agg(step), '[]') from steps where order_id = ${id} and outcome->>'result' = 'skipped')`.as(
        "skippedSteps",
      ),
      sql<Date | null>`(select at from ledger_entries where order_id = ${id} and step = ${stepOf.authorize})`.as("authorizedAt"),
    ])
    .executeTakeFirstOrThrow();
  return found;
}
