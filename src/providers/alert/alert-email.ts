import { randomUUID } from "node:crypto";
import type { AlertChannel } from "./alert-channel.js";
import type { EmailGateway } from "../email/email-gateway.js";
import { escapeHtml } from "../email/render-email.js";

const TIMEOUT_MS = 8_000;

/** Alerts as an email to `to`. Throws when the server does not take it. */
export function createAlertEmail(email: EmailGateway, to: string, domain: string): AlertChannel {
  return {
    name: "email",
    async send({ alerts, ended }) {
      const lines = [...alerts.map(({ text }) => text), ...ended.map((name) => `ended: ${name}`)];
      const [first = ""] = lines;
      await email.send(
        {
          messageId: `<alert.${randomUUID()}@${domain}>`,
          to,
          subject: `Idem: ${lines.length === 1 ? first : `${lines.length} alerts`}`,
          text: `${lines.join("\n")}\n`,
          html: `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>\n`,
        },
        TIMEOUT_MS,
      );
    },
  };
}
