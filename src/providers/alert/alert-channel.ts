import type { Alert } from "../../domain/health.js";

interface AlertMessage {
  alerts: readonly Alert[];
  /** Names of alerts that were sent before and have ended. */
  ended: readonly string[];
}

/** Where alerts are sent. */
export interface AlertChannel {
  name: "webhook" | "email";
  /** Throws when the message was not taken. */
  send(message: AlertMessage): Promise<void>;
}
