import type { Database } from "../database/database.js";
import { confirmAlerts, forgetEnded, takeAlerts, takeEnded } from "../database/queries/sent-alerts.js";
import { type Alert, alertsOf, type Health } from "../domain/health.js";
import type { AlertChannel } from "../providers/alert/alert-channel.js";

interface AlerterDeps {
  database: Database;
  channels: readonly AlertChannel[];
  /** How long until an alert is sent again that is still the case. */
  repeatMs: number;
  onFailure(error: unknown, channel: string): void;
}

const FIRST_PAUSE_MS = 10_000;
/** A receiver that takes messages and says so too late gets one from each process this often. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Sends what the health says a person should know, in one message for all of it. Every process does, so that the last one
 * does too; the order database decides which of them sends what. What was not sent for certain is sent again.
 */
export function createAlerter({ database: { db }, channels, repeatMs, onFailure }: AlerterDeps) {
  const sendOver = async (channel: AlertChannel, current: readonly Alert[]): Promise<void> => {
    const alerts = await takeAlerts(db, channel.name, current, repeatMs);
    const ended = await takeEnded(db, channel.name, repeatMs);
    if (alerts.length === 0 && ended.length === 0) return;
    await channel.send({ alerts, ended });
    await confirmAlerts(
      db,
      channel.name,
      alerts.map(({ name }) => name),
    );
    await forgetEnded(db, channel.name, ended);
  };

  /** When each alert came up that is the case now, as this process saw it. */
  let since = new Map<string, number>();
  /** Channels that failed, by their names. */
  const paused = new Map<string, { until: number; pauseMs: number }>();

  const sendUnlessPaused = async (channel: AlertChannel, current: readonly Alert[]): Promise<void> => {
    const { name } = channel;
    const failed = paused.get(name);
    if (failed && Date.now() < failed.until) return;
    try {
      await sendOver(channel, current);
      paused.delete(name);
    } catch (error) {
      onFailure(error, name);
      const pauseMs = failed ? Math.min(failed.pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
      paused.set(name, { until: Date.now() + pauseMs, pauseMs });
    }
  };

  return async function send(health: Health): Promise<void> {
    const now = Date.now();
    const alerts = alertsOf(health, now);
    since = new Map(alerts.map(({ name }) => [name, since.get(name) ?? now]));
    const current = alerts.filter(({ name, afterMs }) => now - (since.get(name) ?? now) >= afterMs);
    await Promise.all(channels.map((channel) => sendUnlessPaused(channel, current)));
  };
}
