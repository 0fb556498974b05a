import type { Fingerprint } from "../idempotency/fingerprint.js";
import { BODY_VERSION } from "../order/order-request.js";
import type { Policy } from "../order/policy.js";
import type { Book } from "./open-book.js";

/** What acceptance writes: identity, promise and order in one row, and the word for its run beside it. */
export interface NewOrder {
  id: string;
  tenant: string;
  fingerprint: Fingerprint;
  raw: Buffer;
  reference: string | null;
  currency: string;
  total: number;
  policy: Policy;
}

export interface Claim {
  id: string;
  createdAt: Date;
  fingerprint: Fingerprint;
  purged: boolean;
}

interface ClaimRow {
  fresh: boolean;
  created_at: Date;
  fingerprint: Buffer;
  fingerprint_version: number;
  purged: boolean;
}

const CLAIM = `
  with claim as (
    insert into orders (id, tenant, fingerprint, fingerprint_version, body, body_version, reference, currency, total,
                        payment_status, policy, events)
    values ($1, $2, $3, $4, $5, ${BODY_VERSION}, $6, $7, $8, $9, $10, 1)
    on conflict (id) do nothing
    returning id, tenant, created_at, fingerprint, fingerprint_version
  ), start as (
    insert into outbox (tenant, workflow, subject_id, order_id) select tenant, 'order', id, id from claim
  ), told as (
    insert into order_events (order_id, id, type, actor, data) select id, 1, 'order.accepted', 'merchant', '{}' from claim
  )
  select true as fresh, created_at, fingerprint, fingerprint_version, false as purged from claim
  union all
  select false, created_at, fingerprint, fingerprint_version, purged_at is not null from orders where id = $1`;

/**
 * Claims an id, or finds the claim that stands: one statement, whoever comes, however many come at once. Of two that
 * come at once the second waits for the first and then does not see its row, which a second look does.
 */
export async function claimOrder(book: Book, order: NewOrder): Promise<{ fresh: boolean; claim: Claim }> {
  const values = [
    order.id,
    order.tenant,
    order.fingerprint.digest,
    order.fingerprint.version,
    order.raw,
    order.reference,
    order.currency,
    order.total,
    order.total === 0 ? "none" : "pending",
    JSON.stringify(order.policy),
  ];
  const { rows } = await book.pool.query<ClaimRow>(CLAIM, values);
  const row = rows[0];
  if (row) return { fresh: row.fresh, claim: toClaim(order.id, row) };
  const standing = await findClaim(book, order.id);
  if (!standing) throw new Error("a claim neither was made nor stands");
  return { fresh: false, claim: standing };
}

const FIND = `select false as fresh, created_at, fingerprint, fingerprint_version, purged_at is not null as purged
  from orders where id = $1`;

export async function findClaim(book: Book, id: string): Promise<Claim | null> {
  const { rows } = await book.pool.query<ClaimRow>(FIND, [id]);
  return rows[0] ? toClaim(id, rows[0]) : null;
}

function toClaim(id: string, row: ClaimRow): Claim {
  return {
    id,
    createdAt: row.created_at,
    fingerprint: { version: row.fingerprint_version, digest: row.fingerprint },
    purged: row.purged,
  };
}
