import type { Session } from "../pool.js";

export interface Repeats {
  /** Requests that were answered as the first one was. */
  replayed: number;
  /** Requests under a used key with another intention. */
  refused: number;
}

const ADD = `
  insert into order_repeats (order_id, replayed, refused, last_at)
  select added.order_id, added.replayed, added.refused, now()
  from unnest($1::text[], $2::integer[], $3::integer[]) as added (order_id, replayed, refused)
  where exists (select from orders where id = added.order_id)
  order by added.order_id
  on conflict (order_id) do update set replayed = order_repeats.replayed + excluded.replayed,
    refused = order_repeats.refused + excluded.refused, last_at = excluded.last_at`;

/** Adds to what is counted of each order. */
export async function addRepeats(session: Session, counted: ReadonlyMap<string, Repeats>): Promise<void> {
  const counts = [...counted.values()];
  const columns = [counts.map(({ replayed }) => replayed), counts.map(({ refused }) => refused)];
  await session.query(ADD, [[...counted.keys()], ...columns]);
}

export interface CountedRepeats extends Repeats {
  /** Of the last one, to a few seconds; null for none. */
  lastAt: Date | null;
}

export async function findRepeats(session: Session, orderId: string): Promise<CountedRepeats> {
  const [found] = await session.query<CountedRepeats & Record<string, unknown>>(
    `select replayed, refused, last_at as "lastAt" from order_repeats where order_id = $1`,
    [orderId],
  );
  return found ?? { replayed: 0, refused: 0, lastAt: null };
}
