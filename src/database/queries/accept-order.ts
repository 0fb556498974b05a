import { setImmediate } from "node:timers/promises";
import type { Fingerprint } from "../../idempotency/fingerprint.js";
import type { Policy } from "../../domain/policy.js";
import type { Session } from "../pool.js";
import { BODY_VERSION } from "../request-body.js";

/** What acceptance writes: identity, promise and order in one row, and an outbox row that starts its run. */
export interface NewOrder {
  id: string;
  tenant: string;
  fingerprint: Fingerprint;
  raw: Buffer;
  reference: string | null;
  /** The customer's; kept as a hash. */
  email: string;
  /** Whether it is accepted only while no other open or completed order has its reference. */
  uniqueReference?: boolean | undefined;
  currency: string;
  total: number;
  policy: Policy;
  /** The id of the key that it came with. */
  keyId: string | null;
}

export interface AcceptedOrder {
  id: string;
  createdAt: Date;
  fingerprint: Fingerprint;
  purged: boolean;
}

interface AcceptedRow {
  id: string;
  created_at: Date;
  fingerprint: Buffer;
  fingerprint_version: number;
  purged: boolean;
}

const COLUMNS = `id, tenant, fingerprint, fingerprint_version, request_body, body_version, reference, currency, total,
  payment_status, policy, email_hash`;
const VALUES = `$1, $2, $3, $4, $5, ${BODY_VERSION}, $6, $7, $8, $9, $10, customer_email_hash($2, $11)`;

const holdersOf = (tenant: string, reference: string) => `orders
  where tenant = ${tenant} and reference = ${reference} and purged_at is null and status not in ('cancelled', 'rejected')`;

const acceptBy = (insert: string) => `
  with accepted as (
    insert into orders ${insert}
    on conflict do nothing
    returning id, tenant, created_at, fingerprint, fingerprint_version
  ), start as (
    insert into outbox (tenant, workflow, subject_id, order_id) select tenant, 'order', id, id from accepted
  ), event as (
    insert into order_events (order_id, id, type, actor, data, tenant, status)
    select id, 1, 'order.accepted', 'merchant', jsonb_strip_nulls(jsonb_build_object('key', $12::text)), tenant, 'accepted' from accepted
  )
  select true as fresh, id, created_at, fingerprint, fingerprint_version, false as purged from accepted
  union all
  select false, id, created_at, fingerprint, fingerprint_version, purged_at is not null from orders where id = $1`;

const ACCEPT = acceptBy(`(${COLUMNS}) values (${VALUES})`);
/** What is there already refuses it; of two that ask for one reference at once the index `orders_unique_reference` takes one. */
const ACCEPT_UNIQUE = acceptBy(`(${COLUMNS}, unique_reference)
    select ${VALUES}, true where not exists (select from ${holdersOf("$2", "$6")})`);
const FIND_HOLDER = `select id from ${holdersOf("$1", "$2")} order by created_at, id limit 1`;

/** Another order has the reference of one that admits no other. */
export class ReferenceHeldError extends Error {
  override readonly name = "ReferenceHeldError";
  /** The id of the other order. */
  readonly holder: string;

  constructor(holder: string) {
    super("another order has the reference");
    this.holder = holder;
  }
}

/** Tries when the order that had the reference was cancelled or rejected meanwhile. */
const REFERENCE_TRIES = 3;

/**
 * Accepts an order, or finds the one that was accepted under its id: one statement, however many come at once. Of two
 * that come at once the second waits for the first and does not see its row, which a second query does. Throws
 * ReferenceHeldError, DatabaseUnavailableError.
 */
export async function acceptOrder(
  session: Session,
  order: NewOrder,
): Promise<{ fresh: boolean; accepted: AcceptedOrder }> {
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
    order.email,
    order.keyId,
  ];
  for (let tries = 0; tries < REFERENCE_TRIES; tries++) {
    const text = order.uniqueReference ? ACCEPT_UNIQUE : ACCEPT;
    const [row] = await session.query<AcceptedRow & { fresh: boolean }>(text, values);
    if (row) return { fresh: row.fresh, accepted: toAccepted(row) };
    const accepted = (await findAccepted(session, [order.id])).get(order.id);
    if (accepted) return { fresh: false, accepted };
    const [holder] = await session.query<{ id: string }>(FIND_HOLDER, [order.tenant, order.reference]);
    if (holder) throw new ReferenceHeldError(holder.id);
  }
  throw new Error("an order was neither accepted nor is it there");
}

const FIND =
  "select id, created_at, fingerprint, fingerprint_version, purged_at is not null as purged from orders where";
const FIND_ONE = `${FIND} id = $1`;
/** Planned each time, since the plan depends on how many they are: not worth it for one. */
const FIND_SOME = `${FIND} id = any($1)`;

async function findAccepted(session: Session, ids: readonly string[]): Promise<Map<string, AcceptedOrder>> {
  const [text, value] = ids.length === 1 ? [FIND_ONE, ids[0]] : [FIND_SOME, ids];
  const rows = await session.query<AcceptedRow>(text, [value]);
  return new Map(rows.map((row) => [row.id, toAccepted(row)]));
}

/**
 * Finds accepted orders by id. Look-ups of one turn of the event loop go as one statement: of many at once the round
 * trip is the cost, not the row.
 */
export function createAcceptedOrderFinder(session: Session): (id: string) => Promise<AcceptedOrder | null> {
  let batch: { ids: Set<string>; found: Promise<Map<string, AcceptedOrder>> } | null = null;
  const openBatch = () => {
    const ids = new Set<string>();
    const found = setImmediate().then(() => {
      batch = null;
      return findAccepted(session, [...ids]);
    });
    return { ids, found };
  };
  return async (id) => {
    batch ??= openBatch();
    batch.ids.add(id);
    return (await batch.found).get(id) ?? null;
  };
}

function toAccepted(row: AcceptedRow): AcceptedOrder {
  return {
    id: row.id,
    createdAt: row.created_at,
    fingerprint: { version: row.fingerprint_version, digest: row.fingerprint },
    purged: row.purged,
  };
}
