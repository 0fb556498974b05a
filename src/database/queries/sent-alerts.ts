import { type Kysely, sql } from "kysely";
import type { Alert } from "../../domain/health.js";
import type { Tables } from "../schema.js";

/** What is new comes with the next message, at most once a minute. */
const BETWEEN_NEW = sql`interval '1 minute'`;
/** An alert that was the case in one process's reading and not in another's has not ended. */
const ENDS_AFTER = sql`interval '20 seconds'`;
/** What could not be sent, or whose sender died, is sent again: longer than a channel takes for a message. */
const RESEND_AFTER = sql`interval '10 seconds'`;

const after = (ms: number) => sql`make_interval(secs => ${ms / 1_000})`;

/** As if it had been sent so long ago that it is due again in a moment: unless its sending is confirmed, it is. */
const asTaken = (repeatMs: number) => sql<Date>`now() - ${after(repeatMs)} + ${RESEND_AFTER}`;

const isTaken = (repeatMs: number) =>
  sql<boolean>`(alerts.sent_at between now() - ${after(repeatMs)} and ${asTaken(repeatMs)})`;

/**
 * Takes the alerts that are to be sent over a channel now: those never sent, those that something new came to, and those sent
 * longer than `repeatMs` ago. No other process sends them meanwhile; what is not confirmed then is taken again.
 */
export async function takeAlerts(
  db: Kysely<Tables>,
  channel: string,
  alerts: readonly Alert[],
  repeatMs: number,
): Promise<Alert[]> {
  if (alerts.length === 0) return [];
  const names = alerts.map(({ name }) => name);
  await db
    .updateTable("alerts")
    .set({ seen_at: sql<Date>`now()` })
    .where("channel", "=", channel)
    .where("name", "in", names)
    .execute();
  const repeatAfter = after(repeatMs);
  const sent_at = asTaken(repeatMs);
  const taken = await db
    .insertInto("alerts")
    .values(alerts.map(({ name, newestAt }) => ({ channel, name, newest_at: Math.round(newestAt), sent_at })))
    .onConflict((conflict) =>
      conflict
        .columns(["channel", "name"])
        .doUpdateSet({ sent_at, newest_at: sql<number>`excluded.newest_at` })
        .where(
          sql<boolean>`alerts.sent_at < now() - ${repeatAfter} or (excluded.newest_at > alerts.newest_at
            and alerts.sent_at < now() - ${BETWEEN_NEW} and not ${isTaken(repeatMs)})`,
        ),
    )
    .returning("name")
    .execute();
  const takenNames = new Set(taken.map(({ name }) => name));
  return alerts.filter(({ name }) => takenNames.has(name));
}

/** Alerts that were sent are not sent again before they are due to be repeated. */
export async function confirmAlerts(db: Kysely<Tables>, channel: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await db
    .updateTable("alerts")
    .set({ sent_at: sql<Date>`now()` })
    .where("channel", "=", channel)
    .where("name", "in", names)
    .execute();
}

/** Takes the names of alerts that have ended, whose end is to be sent; what is not forgotten then is taken again. */
export async function takeEnded(db: Kysely<Tables>, channel: string, repeatMs: number): Promise<string[]> {
  const ended = await db
    .updateTable("alerts")
    .set({ sent_at: asTaken(repeatMs) })
    .where("channel", "=", channel)
    .where("seen_at", "<", sql<Date>`now() - ${ENDS_AFTER}`)
    .where(sql<boolean>`not ${isTaken(repeatMs)}`)
    .returning("name")
    .execute();
  return ended.map(({ name }) => name);
}

/** Forgets alerts whose end was sent. */
export async function forgetEnded(db: Kysely<Tables>, channel: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await db.deleteFrom("alerts").where("channel", "=", channel).where("name", "in", names).execute();
}
