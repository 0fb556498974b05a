import { CompiledQuery, type Kysely } from "kysely";
import type { MailKind } from "../domain/email.js";
import type { ShipmentLine } from "../domain/shipment.js";
import { isFinal, predecessorsOf } from "../domain/status.js";
import type { Actor, TimelineData, TimelineType } from "../domain/timeline.js";
import { FIRST_LOOK } from "./due-polls.js";
import type { OrderRow, SeenOrder } from "./open-order.js";
import { StockMoved, type Taking } from "./stock.js";
import type { Account, StepOutcome, Tables } from "./schema.js";

export interface PlannedShipment {
  id: string;
  warehouse: string;
  position: number;
  /** Its part of the order's total. */
  share: number;
  lines: ShipmentLine[];
}

/** What a change of an order writes beside its row. */
export class OrderNotes {
  readonly facts: { type: TimelineType; actor: Actor; data: TimelineData }[] = [];
  readonly begun: { step: string; key: string; params: object }[] = [];
  readonly decided: { step: string; outcome: StepOutcome }[] = [];
  readonly postings: { step: string; debit: Account; credit: Account; amount: number }[] = [];
  readonly mails: { kind: MailKind; about: string; begun: boolean }[] = [];
  readonly sent: { kind: MailKind; about: string }[] = [];
  readonly shipments: PlannedShipment[] = [];
  readonly requested: { id: string }[] = [];
  readonly takings: Taking[] = [];
}

/** Everything hangs on the first update: where that finds the order changed, nothing is written. */
const WRITE = `
  with moved as (
    update orders set status = $4, failure_code = $5, payment_status = $6, payment_reference = $7,
      payment_action_url = $8, capture_before = $9, multicapture = $10, deadline = $11, run_id = $12,
      events = events + jsonb_array_length($14), updated_at = now(),
      closed_at = case when $13::boolean then now() else closed_at end,
      look_at = case when $4 = 'awaiting_payment' then coalesce(look_at, now() + ${FIRST_LOOK}) end
    where id = $1 and xmin = $2::xid and status = any($3)
    returning id, tenant, events, xmin::text as version
  ), told as (
    insert into order_events (order_id, id, type, actor, data)
    select moved.id, moved.events - jsonb_array_length($14) + fact.at, fact.type, fact.actor, fact.data
    from moved, rows from (jsonb_to_recordset($14) as (type text, actor text, data jsonb))
      with ordinality as fact (type, actor, data, at)
  ), begun as (
    insert into steps (order_id, step, key, params)
    select moved.id, step.step, step.key, step.params
    from moved, jsonb_to_recordset($15) as step (step text, key text, params jsonb)
  ), decided as (
    update steps set outcome = known.outcome, decided_at = now()
    from moved, jsonb_to_recordset($16) as known (step text, outcome jsonb)
    where steps.order_id = $1 and steps.order_id = moved.id and steps.step = known.step and steps.outcome is null
  ), posted as (
    insert into ledger_entries (order_id, step, debit, credit, amount)
    select moved.id, entry.step, entry.debit, entry.credit, entry.amount
    from moved, jsonb_to_recordset($17) as entry (step text, debit text, credit text, amount bigint)
  ), queued as (
    insert into mails (order_id, kind, about, attempted_at)
    select moved.id, mail.kind, mail.about, case when mail.begun then now() end
    from moved, jsonb_to_recordset($18) as mail (kind text, about text, begun boolean)
    on conflict do nothing
  ), sent as (
    update mails set status = 'sent', sent_at = now()
    from moved, jsonb_to_recordset($19) as mail (kind text, about text)
    where mails.order_id = $1 and mails.order_id = moved.id and mails.kind = mail.kind and mails.about = mail.about
  ), made as (
    insert into shipments (id, order_id, warehouse, position, share, lines)
    select made.id, moved.id, made.warehouse, made.position, made.share, made.lines
    from moved, jsonb_to_recordset($20)
      as made (id text, warehouse text, position integer, share bigint, lines jsonb)
    returning id
  ), requested as (
    update shipments set status = 'requested', requested_at = now(), look_at = now() + ${FIRST_LOOK}
    from moved, jsonb_to_recordset($21) as known (id text)
    where shipments.id = known.id and shipments.order_id = moved.id and shipments.status = 'pending'
  ), wanted as (
    select moved.id as order_id, moved.tenant, wanted.*
    from moved, jsonb_to_recordset($22) as wanted ("shipmentId" text, warehouse text, sku text, quantity bigint)
  ), locked as (
    select stock.tenant, stock.sku, stock.warehouse from stock join wanted using (tenant, sku, warehouse)
    order by stock.warehouse, stock.sku for update of stock
  ), taken as (
    update stock set reserved = stock.reserved + wanted.quantity from wanted join locked using (tenant, sku, warehouse)
    where (stock.tenant, stock.sku, stock.warehouse) = (wanted.tenant, wanted.sku, wanted.warehouse)
  ), reserved as (
    insert into reservations (shipment_id, sku, order_id, tenant, warehouse, quantity)
    select "shipmentId", sku, order_id, tenant, warehouse, quantity from wanted
  )
  select version from moved`;

/**
 * Writes an order's row and what was noted beside it in one statement, all or nothing; the row's new version, or null
 * where it is not the version that was read any more. Of stock that others took meanwhile: StockMoved.
 */
export async function writeOrder(
  db: Kysely<Tables>,
  seen: SeenOrder,
  row: OrderRow,
  notes: OrderNotes,
): Promise<string | null> {
  const moved = row.status !== seen.row.status;
  const values = [
    row.id,
    seen.version,
    moved ? predecessorsOf(row.status) : [row.status],
    row.status,
    row.failure_code,
    row.payment_status,
    row.payment_reference,
    row.payment_action_url,
    row.capture_before,
    row.multicapture,
    row.deadline,
    row.run_id,
    moved && isFinal(row.status),
    ...LISTS.map((list) => JSON.stringify(notes[list])),
  ];
  try {
    const { rows } = await db.executeQuery<{ version: string }>(CompiledQuery.raw(WRITE, values));
    return rows[0]?.version ?? null;
  } catch (error) {
    if (isConstraint(error, "stock_covers_reserved")) throw new StockMoved("the stock is not there any more");
    throw error;
  }
}

/** In the order of the statement's parameters. */
const LISTS = [
  "facts",
  "begun",
  "decided",
  "postings",
  "mails",
  "sent",
  "shipments",
  "requested",
  "takings",
] as const satisfies readonly (keyof OrderNotes)[];

function isConstraint(error: unknown, name: string): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === name;
}
