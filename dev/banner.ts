import type { Config } from "../src/config/config.js";
import { firstRequest } from "../src/config/first-request.js";
import { bold } from "./progress.js";

/** What a person needs to know once everything runs. */
export function banner(config: Config, base: string): string {
  const places = [
    ["API", base],
    ["Console", `${base}/console`],
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
    ...firstRequest(base, apiKeys[0]?.key)
      .split("\n")
      .map((line) => `    ${line}`),
  ];
}
