import type pg from "pg";

/** Short enough not to hold back what is delivered to others for long. */
const BATCH = 5_000;

/**
 * Fills an order database with orders as their runs leave them once they are completed, in the image of the tenant's
 * first order. Their ids are made here, so what refers to an order is right by construction and not checked row by row.
 */
export async function fillDatabase(
  client: pg.Client,
  tenant: string,
  orders: number,
  progress: (filled: number) => void = () => {},
): Promise<void> {
  await client.query("set session_replication_role = replica");
  await client.query(
    `create temp table model as
     select tenant, fingerprint_version, request_body, body_version, currency, total, policy
     from orders where tenant = '${tenant}' order by created_at, id limit 1`,
  );
  for (let from = 1; from <= orders; from += BATCH) {
    const to = Math.min(from + BATCH - 1, orders);
    await client.query("begin");
    await client.query(idsAndTimes(from, to, orders));
    for (const statement of STATEMENTS) await client.query(statement);
    await client.query("drop table made; commit");
    progress(to);
  }
  await client.query("drop table model; reset session_replication_role");
  // As a database that grew over time: what filling it leaves to be written and cleaned is not measured.
  await client.query("vacuum (analyze)");
  await client.query("checkpoint");
}

/** The ids and times of a batch; closed within the last weeks, the newest yesterday. */
const idsAndTimes = (from: number, to: number, orders: number) => `
  create temp table made as
  select id, n, shipment, 'pi_' || md5('pi' || n) as payment, at, at + interval '2 hours' as shipped,
    at + interval '2 days' as delivered
  from generate_series(${from}, ${to}) as n, lateral (select
    'ord_' || translate(md5('order' || n), '0189', 'ghij') as id,
    'shp_' || translate(md5('shipment' || n), '0189', 'ghij') as shipment,
    now() - interval '30 days' + interval '27 days' * n / ${orders} as at) as named`;

const STATEMENTS = [
  `insert into orders (id, tenant, version, fingerprint, fingerprint_version, request_body, body_version, reference,
     currency, total, status, payment_status, payment_reference, payment_received, capture_before, multicapture, policy,
     run_id, event_count, fact_count, captured_amount, created_at, updated_at, closed_at, email_hash)
   select made.id, tenant, 12, sha256(n::text::bytea), fingerprint_version, request_body, body_version, 'growth-' || n,
     currency, total, 'completed', 'captured', payment, total, at + interval '7 days', false, policy,
     gen_random_uuid(), 11, 4, total, at, delivered, delivered,
     customer_email_hash(tenant, 'customer-' || n / 10 || '@example.com')
   from made, model order by n`,
  `insert into order_events (order_id, id, type, occurred_at, actor, data)
   select made.id, event.id, type, event.at, actor, data::jsonb from made, model, lateral (values
     (1, 'order.accepted', made.at, 'merchant', '{}'),
     (2, 'stock.reserved', made.at, 'system', '{"articles": 1, "shipments": 1}'),
     (3, 'payment.authorized', made.at, 'payment-provider',
       '{"amount": ' || total || ', "currency": "EUR", "reference": "' || payment || '"}'),
     (4, 'order.confirmed', made.at, 'system', '{}'),
     (5, 'shipment.requested', made.at, 'system', '{"shipment": "' || shipment || '", "warehouse": "main"}'),
     (6, 'email.sent', made.at, 'system', '{"kind": "confirmation"}'),
     (7, 'shipment.shipped', shipped, 'warehouse', '{"shipment": "' || shipment || '"}'),
     (8, 'email.sent', shipped, 'system', '{"kind": "shipped", "about": "' || shipment || '"}'),
     (9, 'payment.captured', shipped, 'payment-provider',
       '{"amount": ' || total || ', "shipment": "' || shipment || '"}'),
     (10, 'shipment.delivered', delivered, 'warehouse', '{"shipment": "' || shipment || '"}'),
     (11, 'order.completed', delivered, 'system', '{}')
   ) as event (id, type, at, actor, data)`,
  `insert into operations (order_id, name, position, key, round, amount, final, first_attempt_at, result, reference,
     decided_at)
   select made.id, name, position, made.id || '/' || name, 1, operation.amount, final, begun, 'done', reference, begun
   from made, model, lateral (values
     ('authorize', 1, total, null::boolean, made.at, payment),
     ('request/' || shipment, 2, null, null, made.at, shipment),
     ('capture/' || shipment, 3, total, true, shipped, payment)
   ) as operation (name, position, amount, final, begun, reference)`,
  `insert into shipments (id, order_id, warehouse, position, status, lines, share, carrier, tracking_number,
     requested_at, shipped_at, delivered_at)
   select shipment, made.id, 'main', 1, 'delivered', '[{"sku": "BENCH-1", "quantity": 1}]', total, 'Parcel',
     'TRK' || n, at, shipped, delivered
   from made, model`,
  `insert into ledger_entries (order_id, name, position, debit, credit, amount, posted_at)
   select made.id, name, position, debit, credit, total, posted from made, model, lateral (values
     ('authorize', 1, 'authorized', 'customer', made.at), ('capture/' || shipment, 2, 'captured', 'authorized', shipped)
   ) as movement (name, position, debit, credit, posted)`,
  `insert into emails (order_id, kind, about, position, status, first_attempt_at, next_attempt_at, created_at, sent_at)
   select id, kind, about, position, 'sent', sent, sent, sent, sent from made, lateral (values
     ('confirmation', '', 1, at), ('shipped', shipment, 2, shipped)
   ) as email (kind, about, position, sent)`,
  `insert into provider_events (provider, event_id, type, order_id, number, fact, received_at, applied_at)
   select provider, event_id, type, made.id, number, fact, received, received from made, model, lateral (values
     ('stripe', 'evt_a' || n, 1, 'payment_intent.amount_capturable_updated', made.at, jsonb_build_object(
       'about', 'payment', 'payment',
       jsonb_build_object('state', 'authorized', 'amount', total, 'orderId', made.id, 'reference', payment))),
     ('stripe', 'evt_c' || n, 2, 'payment_intent.succeeded', shipped, jsonb_build_object('about', 'payment', 'payment',
       jsonb_build_object('state', 'captured', 'amount', total, 'orderId', made.id, 'reference', payment))),
     ('fulfilment', 'msg_s' || n, 3, 'shipment.shipped', shipped, jsonb_build_object('about', 'shipment', 'shipment',
       jsonb_build_object('id', shipment, 'status', 'shipped', 'carrier', 'Parcel'))),
     ('fulfilment', 'msg_d' || n, 4, 'shipment.delivered', delivered, jsonb_build_object('about', 'shipment',
       'shipment', jsonb_build_object('id', shipment, 'status', 'delivered')))
   ) as event (provider, event_id, number, type, received, fact)`,
];
