import type { Database } from "../database/database.js";
import { forgetEnded, returnAlerts, takeAlerts, takeEnded } from "../database/queries/sent-alerts.js";
import { type Alert, alertsOf, type Health } from "../domain/health.js";
import type { AlertChannel } from "../providers/alert/alert-channel.js";

interface AlerterDeps {
  database: Database;
  channels: readonly AlertChannel[];
  /** How long until an alert is sent again that is still the case. */
  repeatMs: number;
  onFailure(error: unknown, channel: string): void;
}

/**
 * Sends what the health says a person should know, in one message for all of it. Every process does, so that the last one
 * does too; the order database decides which of them sends what. What could not be sent is sent with the next reading.
 */
export function createAlerter({ database: { db }, channels, repeatMs, onFailure }: AlerterDeps) {
  const sendOver = async (channel: AlertChannel, current: readonly Alert[]): Promise<void> => {
    const alerts = await takeAlerts(db, channel.name, current, repeatMs);
    const ended = await takeEnded(db, channel.name);
    if (alerts.length === 0 && ended.length === 0) return;
    try {
      await channel.send({ alerts, ended });
      await forgetEnded(db, channel.name, ended);
    } catch (error) {
      onFailure(error, channel.name);
      await returnAlerts(db, channel.name, alerts);
    }
  };

  /** When each alert came up that is the case now, as this process saw it. */
  let since = new Map<string, number>();

  return async function send(health: Health): Promise<void> {
    const now = Date.now();
    const alerts = alertsOf(health, now);
    since = new Map(alerts.map(({ name }) => [name, since.get(name) ?? now]));
    const current = alerts.filter(({ name, afterMs }) => now - (since.get(name) ?? now) >= afterMs);
    for (const channel of channels) {
      await sendOver(channel, current).catch((error: unknown) => onFailure(error, channel.name));
    }
  };
}
