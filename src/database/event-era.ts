import type { Database } from "./database.js";
import type { Session } from "./pool.js";

const MAY_READ_SERVER = `select has_function_privilege('pg_control_system()', 'execute')
  and has_function_privilege('pg_control_checkpoint()', 'execute') as may`;
/** A server, and its history: a restore of an earlier moment begins another. */
const READ_SERVER = `select system_identifier || '/' || timeline_id as server
  from pg_control_system(), pg_control_checkpoint()`;
const UNKNOWN = "unknown";
const LAST_MARK = "select era, server from event_marks order by era desc, tx desc limit 1";

interface Mark {
  era: number;
  server: string;
}

/**
 * Events are in order by the ids of their transactions, and a database that was restored may be on a server whose ids are
 * lower, or have been given before. From then on events are of another era, which comes after all that was restored. Called
 * when a process starts, before it writes an event.
 */
export async function keepEra({ session, transaction }: Pick<Database, "session" | "transaction">): Promise<void> {
  const server = await readServer(session);
  const [known] = await session.query<Mark & Record<string, unknown>>(LAST_MARK, []);
  if (known?.server === server) return;
  await transaction(async (locked) => {
    await locked.query("set local lock_timeout = '1s'", []);
    await locked.query("lock table event_marks in share row exclusive mode", []);
    const [last] = await locked.query<Mark & Record<string, unknown>>(LAST_MARK, []);
    if (last?.server === server) return;
    const era = last ? last.era + 1 : 1;
    // Waits for whoever writes events: no event of the era before comes after this.
    if (last) await locked.query(`alter table order_events alter column era set default ${era}`, []);
    await mark(locked, era, server);
  });
}

async function readServer(session: Session): Promise<string> {
  const [allowed] = await session.query<{ may: boolean }>(MAY_READ_SERVER, []);
  if (!allowed?.may) return UNKNOWN;
  const [row] = await session.query<{ server: string }>(READ_SERVER, []);
  return row?.server ?? UNKNOWN;
}

async function mark(session: Session, era: number, server: string): Promise<void> {
  await session.query(
    "insert into event_marks (era, tx, server) values ($1, pg_snapshot_xmin(pg_current_snapshot()), $2)",
    [era, server],
  );
}

/** From a mark on, events are younger than it is: so the feed's oldest is found without a walk over what came before. */
const KEEP_MARKS = `
  with last as (
    select era, server, at from event_marks order by era desc, tx desc limit 1
  ), forgotten as (
    delete from event_marks where at < now() - interval '40 days' and (select at from last) > now() - interval '40 days'
  )
  insert into event_marks (era, tx, server)
  select era, pg_snapshot_xmin(pg_current_snapshot()), server from last where at < now() - interval '1 hour'
  on conflict do nothing`;

/** Marks the place in the feed, once an hour over all processes. */
export async function markFeed(session: Session): Promise<void> {
  await session.query(KEEP_MARKS, []);
}
