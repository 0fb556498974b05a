import { setImmediate } from "node:timers/promises";
import type { Fingerprint } from "../idempotency/fingerprint.js";
import { BODY_VERSION } from "../domain/order-request.js";
import type { Policy } from "../domain/policy.js";
import type { Book } from "./pool.js";

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
  const { rows } = await book.pool.query<ClaimRow & { fresh: boolean }>(CLAIM, values);
  const row = rows[0];
  if (row) return { fresh: row.fresh, claim: toClaim(order.id, row) };
  const standing = await findClaims(book, [order.id]);
  const claim = standing.get(order.id);
  if (!claim) throw new Error("a claim neither was made nor stands");
  return { fresh: false, claim };
}

const FIND =
  "select id, created_at, fingerprint, fingerprint_version, purged_at is not null as purged from orders where";
const FIND_ONE = `${FIND} id = $1`;
/** Planned anew each time, since its plan depends on how many they are: not worth it for one. */
const FIND_SOME = `${FIND} id = any($1)`;

async function findClaims(book: Book, ids: readonly string[]): Promise<Map<string, Claim>> {
  const [text, value] = ids.length === 1 ? [FIND_ONE, ids[0]] : [FIND_SOME, ids];
  const { rows } = await book.pool.query<ClaimRow & { id: string }>(text, [value]);
  return new Map(rows.map((row) => [row.id, toClaim(row.id, row)]));
}

/**
 * Finds the claim of an id. Look-ups of one turn of the event loop go as one statement: of many at once the round trip
 * is the cost, not the row.
 */
export function createClaimFinder(book: Book): (id: string) => Promise<Claim | null> {
  let gathering: { ids: Set<string>; claims: Promise<Map<string, Claim>> } | null = null;
  const gather = () => {
    const ids = new Set<string>();
    const claims = setImmediate().then(() => {
      gathering = null;
      return findClaims(book, [...ids]);
    });
    return { ids, claims };
  };
  return async (id) => {
    gathering ??= gather();
    gathering.ids.add(id);
    return (await gathering.claims).get(id) ?? null;
  };
}

function toClaim(id: string, row: ClaimRow): Claim {
  return {
    id,
    createdAt: row.created_at,
    fingerprint: { version: row.fingerprint_version, digest: row.fingerprint },
    purged: row.purged,
  };
}
