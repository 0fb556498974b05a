import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { components } from "../../client/api-types.js";
import { print } from "./print.js";
import { withJson, withService } from "./ask-service.js";

const PAGE = 100;
const ASK_AGAIN_MS = 1_000;

/** `idem events`: the feed of the last 30 days, to its end or as it grows. */
export function addEventsCommand(program: Command): void {
  withJson(program.command("events"))
    .description("print the events of all orders of the last 30 days, oldest first, a line each")
    .option("--after <cursor>", "go on where the last reading ended")
    .option("--follow", "go on as events come; Ctrl-C ends it")
    .addHelpText("after", "\nThe cursor to go on with is the last line on standard error.")
    .action(({ json, after, follow }: { json?: boolean; after?: string; follow?: boolean }) =>
      withService("merchant", async ({ get }) => {
        let cursor = after;
        for (;;) {
          const query = new URLSearchParams({ limit: String(PAGE), ...(cursor !== undefined && { after: cursor }) });
          const page = (await get(`/v1/events?${query.toString()}`)) as components["schemas"]["Feed"];
          for (const event of page.items) print(json ? JSON.stringify(event) : lineOf(event));
          cursor = page.nextCursor;
          if (page.items.length === PAGE) continue;
          if (!follow) break;
          await sleep(ASK_AGAIN_MS);
        }
        process.stderr.write(`${cursor}\n`);
      }),
    );
}

function lineOf({ occurredAt, orderId, type, status }: components["schemas"]["FeedEvent"]): string {
  return `${occurredAt}  ${orderId}  ${type.padEnd(24)}  ${status}`;
}
