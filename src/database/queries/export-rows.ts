import type { Account } from "../../domain/ledger.js";
import type { Actor, TimelineData, TimelineType } from "../../domain/timeline.js";
import { type ListedOrder, loadShown } from "../load-order.js";
import type { Session } from "../pool.js";

/** A line's place in an export: its order's, and its own number within the order. */
export interface ExportPlace {
  at: Date;
  id: string;
  number: number;
}

/** Some rows, and where to go on; null at the end. */
export interface ExportPage<Row> {
  rows: Row[];
  next: ExportPlace | null;
}

export interface ExportOptions {
  tenant: string;
  after: ExportPlace | null;
  /** At most so many rows. */
  limit: number;
}

export interface ExportedEvent {
  orderId: string;
  id: number;
  type: TimelineType;
  at: Date;
  actor: Actor;
  data: TimelineData;
}

export interface ExportedEntry {
  orderId: string;
  name: string;
  from: Account;
  to: Account;
  amount: number;
  currency: string;
  postedAt: Date;
}

/** Orders that a statement goes through: what it costs is bounded, whatever belongs to them. */
const ORDERS = 25;
const BEGINNING: ExportPlace = { at: new Date(0), id: "", number: -1 };
/** Behind everything of an order; a PostgreSQL integer. */
const LAST_NUMBER = 2_147_483_647;

/** A tenant's orders, oldest first. */
export async function exportOrders(session: Session, options: ExportOptions): Promise<ExportPage<ListedOrder>> {
  const { at, id } = options.after ?? BEGINNING;
  const limit = Math.min(options.limit, ORDERS);
  const orders = await loadShown(
    session,
    "where tenant = $1 and purged_at is null and (orders.created_at, orders.id) > ($2, $3) order by orders.created_at, orders.id limit $4",
    [options.tenant, at, id, limit],
  );
  const last = orders.length < limit ? undefined : orders.at(-1);
  return { rows: orders, next: last ? { at: last.createdAt, id: last.order.id, number: LAST_NUMBER } : null };
}

/** The timelines of a tenant's orders, oldest order first. */
export async function exportEvents(session: Session, options: ExportOptions): Promise<ExportPage<ExportedEvent>> {
  const { rows, next } = await exportParts<Omit<ExportedEvent, "orderId" | "id">>(
    session,
    options,
    "select id as number, type, occurred_at as at, actor, data from order_events",
  );
  const toEvent = ({ orderId, number, type, at, actor, data }: (typeof rows)[number]) => ({
    ...{ orderId, id: number, type, at, actor, data },
  });
  return { rows: rows.map(toEvent), next };
}

/** The ledgers of a tenant's orders, oldest order first. */
export async function exportLedger(session: Session, options: ExportOptions): Promise<ExportPage<ExportedEntry>> {
  const { rows, next } = await exportParts<Omit<ExportedEntry, "orderId" | "currency">>(
    session,
    options,
    `select position as number, name, credit as "from", debit as "to", amount, posted_at as "postedAt" from ledger_entries`,
  );
  const toEntry = ({ orderId, name, from, to, amount, currency, postedAt }: (typeof rows)[number]) => ({
    ...{ orderId, name, from, to, amount, currency, postedAt },
  });
  return { rows: rows.map(toEntry), next };
}

interface Walked {
  createdAt: Date;
  orderId: string;
  currency: string;
  number: number;
}

/** What belongs to orders, by a query that numbers it. An order of which nothing is left gives a row of nulls. */
async function exportParts<Part extends object>(
  session: Session,
  { tenant, after, limit }: ExportOptions,
  parts: string,
): Promise<ExportPage<Walked & Part>> {
  const { at, id, number } = after ?? BEGINNING;
  // Orders of which nothing is left fill no answer, so that the walk always comes further.
  const most = Math.max(limit, ORDERS + 1);
  const found = await session.query<(Walked & Part) | (Omit<Walked, "number"> & { number: null })>(
    `select page.created_at as "createdAt", page.id as "orderId", page.currency, part.*
     from (
       select id, created_at, currency from orders
       where tenant = $1 and purged_at is null and (created_at, id) >= ($2, $3)
       order by created_at, id limit ${ORDERS}
     ) as page left join lateral (
       select * from (${parts} where order_id = page.id) as own
       where number > case when page.id = $3 then $4::integer else -1 end
       order by number limit $5
     ) as part on true
     order by page.created_at, page.id, part.number limit $5`,
    [tenant, at, id, number, most],
  );
  const placeOf = (one: (typeof found)[number]) => ({
    at: one.createdAt,
    id: one.orderId,
    number: one.number ?? LAST_NUMBER,
  });
  const rows = found.filter((one) => one.number !== null);
  const last = rows.length > limit ? rows[limit - 1] : found.at(-1);
  const isEnd = rows.length <= limit && found.length < most && countOrders(found) < ORDERS;
  return { rows: rows.slice(0, limit), next: isEnd || !last ? null : placeOf(last) };
}

function countOrders(found: readonly { orderId: string }[]): number {
  return new Set(found.map(({ orderId }) => orderId)).size;
}
