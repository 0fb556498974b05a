import { type Command, Option } from "commander";
import type { Order } from "../../client/index.js";
import type { components } from "../../client/api-types.js";
import { ATTENTION_CAUSES } from "../../domain/attention.js";
import { formatMoney } from "../../domain/format-money.js";
import { print, printJson, table } from "./print.js";
import { withJson, withService } from "./ask-service.js";

type AttentionPage = components["schemas"]["AttentionList"];

/** `idem attentions ...`: what needs an operator. */
export function addAttentionCommands(program: Command): void {
  const attentions = program.command("attentions").description("what needs an operator");

  withJson(attentions.command("list"))
    .description("list what is open, oldest first")
    .addOption(new Option("--cause <cause>", "of one cause").choices([...ATTENTION_CAUSES]))
    .option("--limit <number>", "at most so many, 1 to 100", "20")
    .option("--cursor <cursor>", "where the page before ended")
    .action(({ json, ...query }: { json?: boolean } & Record<string, string>) =>
      withService("operator", async ({ get }) => {
        const page = (await get(`/v1/attentions?${new URLSearchParams(query).toString()}`)) as AttentionPage;
        if (json) return printJson(page);
        print(asList(page.items));
        if (page.nextCursor !== null) print(`\nmore: --cursor ${page.nextCursor}`);
      }),
    );

  withJson(attentions.command("resolve"))
    .description("resolve an order's attention")
    .argument("<order>", "the order's id")
    .addOption(
      new Option("--action <action>", "what is done").choices(["retry", "mark-done", "skip"]).makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "why, for the timeline")
    .option("--attention <id>", "which one; the oldest otherwise")
    .option("--reference <id>", "with mark-done: the provider's id")
    .option("--paid-otherwise", "with mark-done of a refund: the customer was paid outside the provider")
    .addHelpText(
      "after",
      '\nExample:\n  idem attentions resolve ord_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb --action retry --reason "the bank is back"',
    )
    .action((orderId: string, { json, ...resolution }: { json?: boolean } & Record<string, string | boolean>) =>
      withService("operator", async ({ get, post }) => {
        const path = `/v1/orders/${encodeURIComponent(orderId)}`;
        // Named, so that the same words about a later attention are another resolution.
        const attention = resolution["attention"] ?? ((await get(path)) as Order).attention?.id;
        const resolved = await post(`${path}/resolution`, {
          ...resolution,
          ...(attention !== undefined && { attention }),
        });
        const order = resolved.json as Order | undefined;
        if (json) printJson(order ?? null);
        else print(order ? `${order.id}  ${order.status}` : "accepted");
      }),
    );
}

function asList(items: AttentionPage["items"]): string {
  if (items.length === 0) return "nothing needs an operator";
  return table(
    ["ORDER", "CAUSE", "AT STAKE", "SINCE", "ACTIONS"],
    items.map(({ orderId, cause, amount, currency, since, actions, resolution }) => [
      ...[orderId, cause, formatMoney(amount, currency), since],
      resolution ? `being resolved: ${resolution.action}` : actions.join(", "),
    ]),
  );
}
