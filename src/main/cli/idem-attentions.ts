import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import type { Order } from "../../client/index.js";
import type { components } from "../../client/api-types.js";
import { ATTENTION_CAUSES, RESOLUTIONS } from "../../domain/attention.js";
import { formatMoney } from "../../domain/format-money.js";
import { print, printJson, printPage, table } from "./print.js";
import { STATUS, withJson, withService } from "./ask-service.js";

type Batch = components["schemas"]["AttentionBatch"];
type AttentionPage = components["schemas"]["AttentionList"];

const PROGRESS_MS = 1_000;

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
        printPage(page, asList, json);
      }),
    );

  withJson(attentions.command("batch"))
    .description("resolve all that is open, or all of a cause, the same way, and show how far it is")
    .addOption(new Option("--cause <cause>", "of one cause; all otherwise").choices([...ATTENTION_CAUSES]))
    .addOption(new Option("--action <action>", "what is done").choices([...RESOLUTIONS]).makeOptionMandatory())
    .requiredOption("--reason <text>", "why, for the timelines")
    .addHelpText(
      "after",
      '\nExample:\n  idem attentions batch --cause capture_refused --action retry --reason "the bank is back"',
    )
    .action(({ json, cause, ...resolution }: { json?: boolean; cause?: string; action: string; reason: string }) =>
      withService("operator", async ({ get, post }) => {
        const body = { filter: { ...(cause !== undefined && { cause }) }, ...resolution };
        let batch = (await post("/v1/attentions/batch", body, randomUUID())).json as Batch;
        for (;;) {
          if (!json) print(`${batch.done} done, ${batch.failed} refused, ${batch.pending} to go`);
          if (batch.pending === 0) break;
          await sleep(PROGRESS_MS);
          batch = (await get(batch.links.self)) as Batch;
        }
        if (json) return printJson(batch);
        for (const { orderId, problem } of batch.failures) print(`${orderId}  ${problem}`);
        if (batch.failed > 0) process.exitCode = STATUS.refused;
      }),
    );

  withJson(attentions.command("resolve"))
    .description("resolve an order's attention")
    .argument("<order>", "the order's id")
    .addOption(new Option("--action <action>", "what is done").choices([...RESOLUTIONS]).makeOptionMandatory())
    .requiredOption("--reason <text>", "why, for the timeline")
    .option("--attention <id>", "which one; the oldest otherwise")
    .option("--reference <id>", "with mark-done: the provider's id")
    .option("--paid-otherwise", "with mark-done of a capture: the customer paid another way, and the hold is released")
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
