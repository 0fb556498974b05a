import type pg from "pg";

const BATCH = 50_000;

/** Fills the book with completed orders of a tenant: each with three events, a step, a ledger entry. */
export async function fillBook(book: pg.Client, tenant: string, orders: number): Promise<void> {
  for (let from = 1; from <= orders; from += BATCH) {
    const to = Math.min(from + BATCH - 1, orders);
    await book.query("begin");
    for (const statement of STATEMENTS) await book.query(statement(tenant, from, to));
    await book.query("commit");
    process.stderr.write(`${to} of ${orders} orders\n`);
  }
  await book.query("analyze");
}

const ID = `'ord_' || translate(md5('growth-' || n), '0189', 'ghij')`;
/** Closed days ago, spread over a week: within what the purge keeps. */
const AT = `now() - interval '8 days' + interval '7 days' * (n % 100000) / 100000`;
const series = (from: number, to: number) => `from generate_series(${from}, ${to}) as n`;

const STATEMENTS = [
  (tenant: string, from: number, to: number) =>
    `insert into orders (id, tenant, fingerprint, fingerprint_version, body, body_version, reference, currency, total,
       status, payment_status, policy, run_id, events, created_at, updated_at, closed_at)
     select ${ID}, '${tenant}', sha256(n::text::bytea), model.fingerprint_version, model.body, model.body_version,
       'growth-' || n, 'EUR', 1250, 'completed', 'captured', model.policy, md5(n::text), 3, ${AT}, ${AT}, ${AT}
     ${series(from, to)}
     cross join (select * from orders where tenant = '${tenant}' and body is not null order by seq limit 1) as model`,
  (_tenant: string, from: number, to: number) =>
    `insert into order_events (order_id, id, type, at, actor, data)
     select ${ID}, event.id, event.type, ${AT}, 'system', '{}' ${series(from, to)}
     cross join (values (1, 'order.accepted'), (2, 'order.confirmed'), (3, 'order.completed')) as event (id, type)`,
  (_tenant: string, from: number, to: number) =>
    `insert into steps (order_id, step, key, params, first_attempt_at, outcome, decided_at)
     select ${ID}, 'authorize', ${ID} || '/authorize', '{}', ${AT}, '{"result": "done", "reference": null}', ${AT}
     ${series(from, to)}`,
  (_tenant: string, from: number, to: number) =>
    `insert into ledger_entries (order_id, step, debit, credit, amount, at)
     select ${ID}, 'capture', 'buyer', 'taken', 1250, ${AT} ${series(from, to)}`,
];
