import type pg from "pg";
import { say } from "./say.js";

const BATCH = 25_000;

/**
 * Fills the book with orders as their runs leave them once they are completed, in the image of the tenant's first
 * order. Their ids are made here, so what refers to an order is right by construction and not checked row by row.
 */
export async function fillBook(book: pg.Client, tenant: string, orders: number): Promise<void> {
  await book.query("set session_replication_role = replica");
  await book.query(
    `create temp table model as
     select tenant, fingerprint_version, body, body_version, currency, total, policy
     from orders where tenant = '${tenant}' order by seq limit 1`,
  );
  for (let from = 1; from <= orders; from += BATCH) {
    const to = Math.min(from + BATCH - 1, orders);
    await book.query("begin");
    await book.query(made(from, to, orders));
    for (const statement of STATEMENTS) await book.query(statement);
    await book.query("drop table made; commit");
    say(`${to} of ${orders} orders in the book`);
  }
  await book.query("drop table model; reset session_replication_role");
  // As a book that grew over time: what filling it leaves to be written and cleaned is not measured.
  await book.query("vacuum (analyze)");
  await book.query("checkpoint");
}

/** The ids and times of a batch; closed within the last weeks, the newest yesterday. */
const made = (from: number, to: number, orders: number) => `
  create temp table made as
  select id, n, shipment, 'pi_' || md5('pi' || n) as payment, at, at + interval '2 hours' as shipped,
    at + interval '2 days' as delivered
  from generate_series(${from}, ${to}) as n, lateral (select
    'ord_' || translate(md5('order' || n), '0189', 'ghij') as id,
    'shp_' || translate(md5('shipment' || n), '0189', 'ghij') as shipment,
    now() - interval '30 days' + interval '27 days' * n / ${orders} as at) as named`;

const STATEMENTS = [
  `insert into orders (id, tenant, fingerprint, fingerprint_version, body, body_version, reference, currency, total,
     status, payment_status, payment_reference, capture_before, policy, run_id, events, created_at, updated_at, closed_at)
   select made.id, tenant, sha256(n::text::bytea), fingerprint_version, body, body_version, 'growth-' || n, currency,
     total, 'completed', 'captured', payment, at + interval '7 days', policy, gen_random_uuid(), 11, at, delivered, delivered
   from made, model order by n`,
  `insert into order_events (order_id, id, type, at, actor, data)
   select made.id, event.id, type, event.at, actor, data::jsonb from made, model, lateral (values
     (1, 'order.accepted', made.at, 'merchant', '{}'),
     (2, 'stock.reserved', made.at, 'system', '{"articles": 1, "shipments": 1}'),
     (3, 'payment.authorized', made.at, 'payment-provider',
       '{"amount": ' || total || ', "currency": "EUR", "reference": "' || payment || '"}'),
     (4, 'order.confirmed', made.at, 'system', '{}'),
     (5, 'shipment.requested', made.at, 'system', '{"shipment": "' || shipment || '", "warehouse": "main"}'),
     (6, 'mail.sent', made.at, 'system', '{"kind": "confirmation"}'),
     (7, 'shipment.shipped', shipped, 'warehouse', '{"shipment": "' || shipment || '"}'),
     (8, 'mail.sent', shipped, 'system', '{"kind": "shipped"}'),
     (9, 'payment.captured', shipped, 'payment-provider',
       '{"amount": ' || total || ', "shipment": "' || shipment || '"}'),
     (10, 'shipment.delivered', delivered, 'warehouse', '{"shipment": "' || shipment || '"}'),
     (11, 'order.completed', delivered, 'system', '{}')
   ) as event (id, type, at, actor, data)`,
  `insert into steps (order_id, step, key, params, first_attempt_at, outcome, decided_at)
   select made.id, step, made.id || '/' || step, params::jsonb, begun,
     jsonb_build_object('result', 'done', 'reference', reference), begun
   from made, model, lateral (values
     ('authorize', made.at, payment, '{"amount": ' || total || ', "method": "pm_card_visa", "currency": "EUR"}'),
     ('request/' || shipment, made.at, shipment, '{"warehouse": "main"}'),
     ('capture/' || shipment, shipped, payment, '{"final": true, "amount": ' || total || '}')
   ) as asked (step, begun, reference, params)`,
  `insert into shipments (id, order_id, warehouse, position, status, lines, share, carrier, tracking_number,
     requested_at, shipped_at, delivered_at)
   select shipment, made.id, 'main', 1, 'delivered', '[{"sku": "BENCH-1", "quantity": 1}]', total, 'Parcel',
     'TRK' || n, at, shipped, delivered
   from made, model`,
  `insert into ledger_entries (order_id, step, debit, credit, amount, at)
   select made.id, step, debit, credit, total, posted from made, model, lateral (values
     ('authorize', 'held', 'buyer', made.at), ('capture/' || shipment, 'taken', 'held', shipped)
   ) as movement (step, debit, credit, posted)`,
  `insert into mails (order_id, kind, about, status, attempted_at, created_at, sent_at)
   select id, kind, about, 'sent', sent, sent, sent from made, lateral (values
     ('confirmation', '', at), ('shipped', shipment, shipped)
   ) as mail (kind, about, sent)`,
  `insert into provider_events (provider, event_id, type, order_id, fact, received_at, applied_at)
   select provider, event_id, type, made.id, fact, received, received from made, model, lateral (values
     ('stripe', 'evt_a' || n, 'payment_intent.amount_capturable_updated', made.at, jsonb_build_object('about', 'payment',
       'payment', jsonb_build_object('state', 'authorized', 'amount', total, 'orderId', made.id, 'reference', payment))),
     ('stripe', 'evt_c' || n, 'payment_intent.succeeded', shipped, jsonb_build_object('about', 'payment',
       'payment', jsonb_build_object('state', 'captured', 'amount', total, 'orderId', made.id, 'reference', payment))),
     ('fulfilment', 'msg_s' || n, 'shipment.shipped', shipped, jsonb_build_object('about', 'shipment',
       'shipment', jsonb_build_object('id', shipment, 'status', 'shipped', 'carrier', 'Parcel'))),
     ('fulfilment', 'msg_d' || n, 'shipment.delivered', delivered, jsonb_build_object('about', 'shipment',
       'shipment', jsonb_build_object('id', shipment, 'status', 'delivered')))
   ) as event (provider, event_id, type, received, fact)`,
];
