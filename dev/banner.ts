import type { Config } from "../src/config/config.js";
import { bold } from "./progress.js";

const FIRST_ORDER = {
  reference: "cart-981",
  currency: "EUR",
  customer: { email: "ada@example.com", name: "Ada" },
  shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
  lines: [{ sku: "MUG-1", quantity: 2, unitPrice: 1250 }],
  total: 2500,
  payment: { method: "pm_card_visa" },
};

/** What a person needs to know once everything runs. */
export function banner(config: Config, base: string): string {
  const places = [
    ["API", base],
    ["Docs", `${base}/docs`],
    ["Temporal UI", config.temporalUiUrl],
    ...(config.mailboxUrl ? [["Mailbox", config.mailboxUrl]] : []),
    ["Logs", `${config.home}/logs`],
  ];
  return [
    "",
    bold("Idem is ready. Ctrl-C stops everything."),
    "",
    ...places.map(([name = "", place]) => `  ${name.padEnd(12)} ${place}`),
    ...(config.demo ? demo(config, base) : []),
    "",
  ].join("\n");
}

function demo({ apiKeys }: Config, base: string): string[] {
  return [
    "",
    "  Demo keys",
    ...apiKeys.map(({ tenant, role, key }) => `    ${tenant.padEnd(8)} ${role.padEnd(9)} ${key}`),
    "",
    "  A first order (send it twice: the second request returns the same response and nothing is duplicated)",
    `    curl -i ${base}/v1/orders -H 'Authorization: Bearer ${apiKeys[0]?.key}' \\`,
    "      -H 'Idempotency-Key: my-first-order' -H 'Content-Type: application/json' \\",
    `      -d '${JSON.stringify(FIRST_ORDER)}'`,
  ];
}
