import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { components } from "../../client/api-types.js";
import { print, printJson, printPage, table } from "./print.js";
import { type Service, withJson, withService } from "./ask-service.js";

type Endpoint = components["schemas"]["WebhookEndpoint"];
type DeliveryPage = components["schemas"]["WebhookDeliveryList"];
type Json = { json?: boolean };

const ENDPOINTS = "/v1/webhook-endpoints";
const pathOf = (id: string) => `${ENDPOINTS}/${encodeURIComponent(id)}`;

/** `idem webhooks ...`: where events are delivered to, and what became of deliveries. */
export function addWebhookCommands(program: Command): void {
  const webhooks = program.command("webhooks").description("where events are delivered to");
  const endpointCommand = (name: string, description: string) =>
    withJson(webhooks.command(name)).description(description).argument("<endpoint>", "its id");

  withJson(webhooks.command("add"))
    .description("register an endpoint and print its secret, this once")
    .argument("<url>", "an https URL")
    .option("--types <types>", "types of events, separated by commas; all otherwise")
    .addHelpText(
      "after",
      "\nExample:\n  idem webhooks add https://shop.example/idem-events --types order.confirmed,order.cancelled",
    )
    .action((url: string, { json, types }: Json & { types?: string }) =>
      withService("merchant", async ({ post }) => {
        const body = { url, ...(types !== undefined && { types: types.split(",") }) };
        const { json: added } = await post(ENDPOINTS, body, randomUUID());
        if (json) return printJson(added);
        const { id, secret } = added as components["schemas"]["WebhookEndpointWithSecret"];
        print(`${id}  ${secret}`);
      }),
    );

  withJson(webhooks.command("list"))
    .description("list the endpoints")
    .action(({ json }: Json) =>
      withService("merchant", async ({ get }) => {
        const { items } = (await get(ENDPOINTS)) as { items: Endpoint[] };
        if (json) printJson(items);
        else print(endpointTable(items));
      }),
    );

  endpointCommand("deliveries", "list what was delivered, newest event first")
    .option("--status <status>", "pending, delivered or failed")
    .option("--limit <number>", "at most so many, 1 to 100", "20")
    .option("--cursor <cursor>", "where the page before ended")
    .action((id: string, { json, ...query }: Json & Record<string, string>) =>
      withService("merchant", async ({ get }) => {
        const asked = new URLSearchParams(query).toString();
        printPage((await get(`${pathOf(id)}/deliveries?${asked}`)) as DeliveryPage, deliveryTable, json);
      }),
    );

  for (const [name, description] of Object.entries({
    ping: "deliver an event that says nothing, to try the endpoint",
    rotate: "draw a new secret and print it; the former one signs beside it for 24 hours",
    enable: "deliver again to an endpoint that was disabled",
  }))
    endpointCommand(name, description).action((id: string, { json }: Json) =>
      withService("merchant", (service) => act(service, `${pathOf(id)}/${name}`, {}, json)),
    );

  endpointCommand("redeliver", "deliver again: one event, or those of a time")
    .option("--delivery <id>", "one event, by the id of its delivery")
    .option("--from <time>", "all from this time on: 2026-01-01T00:00:00Z")
    .option("--to <time>", "until then; now otherwise")
    .action((id: string, { json, delivery, ...times }: Json & { delivery?: string; from?: string; to?: string }) =>
      withService("merchant", (service) =>
        delivery === undefined
          ? act(service, `${pathOf(id)}/redeliver`, times, json)
          : act(service, `${pathOf(id)}/deliveries/${encodeURIComponent(delivery)}/redeliver`, {}, json),
      ),
    );

  endpointCommand("delete", "deliver nothing more to an endpoint").action((id: string) =>
    withService("merchant", async (service) => {
      await service.delete(pathOf(id));
      print("deleted");
    }),
  );
}

async function act({ post }: Service, path: string, body: object, json = false): Promise<void> {
  const { json: answer } = await post(path, body, randomUUID());
  if (json) return printJson(answer);
  const shown = Object.entries(answer as object).filter(([, value]) => value !== null && typeof value !== "object");
  print(
    table(
      [],
      shown.map(([name, value]) => [name, String(value)]),
    ),
  );
}

function endpointTable(endpoints: readonly Endpoint[]): string {
  if (endpoints.length === 0) return "no endpoints";
  return table(
    ["ENDPOINT", "STATUS", "URL", "TYPES"],
    endpoints.map(({ id, status, disabledReason, url, types }) => [
      ...[id, disabledReason ? `${status}, ${disabledReason}` : status, url],
      types?.join(", ") ?? "all",
    ]),
  );
}

function deliveryTable(deliveries: DeliveryPage["items"]): string {
  if (deliveries.length === 0) return "no deliveries";
  return table(
    ["DELIVERY", "TYPE", "STATUS", "ATTEMPTS", "LAST ANSWER", "EVENT OF"],
    deliveries.map(({ id, type, status, attemptCount, attempts, occurredAt }) => {
      const last = attempts.at(-1);
      return [id, type, status, String(attemptCount), String(last?.statusCode ?? last?.error ?? ""), occurredAt];
    }),
  );
}
