import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import open from "open";
import type { components } from "../../client/api-types.js";
import { isFinal, type Order, type OrderFilter } from "../../client/index.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { formatMoney } from "../../domain/format-money.js";
import { print, printJson, printPage, table } from "./print.js";
import { readJsonFile, type Service, wholeNumber, withJson, withService } from "./ask-service.js";

type OrderPage = components["schemas"]["OrderList"];
type Accepted = components["schemas"]["Acknowledgement"];

interface Json {
  json?: boolean;
}

const pathOf = (orderId: string) => `/v1/orders/${encodeURIComponent(orderId)}`;

/** `idem orders ...`, and `approve`, `decline` and `open` of one. */
export function addOrderCommands(program: Command): void {
  const orders = program.command("orders").description("orders: submit, read, follow, cancel and refund them");

  withJson(orders.command("submit"))
    .description("submit the order in a JSON file; the same file again is the same order")
    .argument("<file>", "the order; - reads standard input", readJsonFile)
    .option("--key <key>", "the idempotency key; derived from the order otherwise")
    .option("--another", "submit the same order once more, under a new key")
    .option("--watch", "follow it until it is final")
    .addHelpText("after", "\nExamples:\n  idem orders submit order.json --watch\n  idem orders submit - < order.json")
    .action(
      (order: object, { key, another, watch, json }: Json & { key?: string; another?: boolean; watch?: boolean }) =>
        withService("merchant", async (service) => {
          const { json: body, replayed } = await service.post("/v1/orders", order, another ? randomUUID() : key);
          const { id } = body as Accepted;
          if (json && !watch) return printJson(body);
          if (!json) print(`${id}  ${replayed ? "was accepted before" : "accepted"}`);
          if (watch) await follow(service, id, json);
        }),
    );

  withJson(orders.command("get"))
    .description("show an order")
    .argument("<order>", "its id")
    .action((orderId: string, { json }: Json) =>
      withService("merchant", async ({ client }) => {
        const order = await client.readOrder(orderId);
        if (json) printJson(order);
        else print(asText(order));
      }),
    );

  withJson(orders.command("list"))
    .description("list orders, newest first")
    .option("--status <statuses>", `separated by commas: ${SHOWN_STATUSES.join(", ")}`)
    .option("--reference <reference>", "the shop's own")
    .option("--email <email>", "the customer's")
    .option("--payment <id>", "the payment provider's id")
    .option("--refund <id>", "ours or the payment provider's")
    .option("--tracking <number>", "a tracking number, or the id of a shipment")
    .option("--updated-after <time>", "changed since, oldest change first: 2026-01-01T00:00:00Z")
    .option("--sort <order>", "-createdAt, createdAt, -updatedAt or updatedAt")
    .option("--limit <number>", "at most so many, 1 to 100", wholeNumber, 20)
    .option("--cursor <cursor>", "where the page before ended")
    .addHelpText(
      "after",
      "\nExamples:\n  idem orders list --status needs_attention\n  idem orders list --email ada@example.com",
    )
    .action(({ json, ...query }: Json & OrderFilter & { limit: number; cursor?: string }) =>
      withService("merchant", async ({ get }) => {
        const asked = new URLSearchParams({ ...query, limit: String(query.limit) }).toString();
        const page = (await get(`/v1/orders?${asked}`)) as OrderPage;
        printPage(page, asList, json);
      }),
    );

  withJson(orders.command("watch"))
    .description("follow an order's timeline until it is final")
    .argument("<order>", "its id")
    .action((orderId: string, { json }: Json) => withService("merchant", (service) => follow(service, orderId, json)));

  withJson(orders.command("cancel"))
    .description("cancel an order, as long as nothing of it has shipped")
    .argument("<order>", "its id")
    .option("--reason <text>", "kept with the order")
    .action((orderId: string, { json, reason }: Json & { reason?: string }) =>
      withService("merchant", (service) => command(service, `${pathOf(orderId)}/cancel`, { reason }, json)),
    );

  withJson(orders.command("refund"))
    .description("refund an order, or an amount of it; the same command again is the same refund")
    .argument("<order>", "its id")
    .option("--amount <minor units>", "1250 is 12.50 EUR; all that is left otherwise", wholeNumber)
    .option("--reason <text>", "kept with the refund")
    .option("--another", "refund the same once more, under a new key")
    .action(
      (orderId: string, { json, another, ...refund }: Json & { another?: boolean; amount?: number; reason?: string }) =>
        withService("merchant", async (service) => {
          const made = await service.post(`${pathOf(orderId)}/refunds`, refund, another ? randomUUID() : undefined);
          if (json) printJson(made.json);
          else
            print(
              `${(made.json as Accepted).id}  ${made.replayed ? "was accepted before; --another makes a further one" : "accepted"}`,
            );
        }),
    );

  for (const decision of ["approve", "decline"] as const)
    withJson(program.command(decision))
      .description(`${decision} an order that awaits approval`)
      .argument("<order>", "its id")
      .option("--note <text>", "kept with the order")
      .action((orderId: string, { json, note }: Json & { note?: string }) =>
        withService("operator", (service) => command(service, `${pathOf(orderId)}/decision`, { decision, note }, json)),
      );

  program
    .command("open")
    .description("open an order's run in the Temporal UI")
    .argument("<order>", "its id")
    .option("--print", "print the address alone")
    .action((orderId: string, { print: isPrinted }: { print?: boolean }) =>
      withService("merchant", async ({ client }) => {
        const { links } = await client.readOrder(orderId);
        print(links.run);
        if (!isPrinted && process.stdout.isTTY) (await open(links.run)).on("error", () => {});
      }),
    );
}

async function command({ post }: Service, path: string, body: object, json = false): Promise<void> {
  const answer = await post(path, body);
  const order = answer.json as Order;
  if (json) printJson(order);
  else print(`${order.id}  ${order.status}${answer.replayed ? "  (this was asked before)" : ""}`);
}

/** Each event as it comes, and the order at its end. */
async function follow({ client }: Service, orderId: string, json = false): Promise<void> {
  for await (const event of client.follow(orderId)) {
    if (json) print(JSON.stringify(event));
    else print(`${event.at}  ${event.type.padEnd(24)}  ${detailsOf(event.data)}`.trimEnd());
  }
  const order = await client.readOrder(orderId);
  if (!json) print(`\n${asText(order)}`);
  if (!isFinal(order)) process.exitCode = 1;
}

function detailsOf(data: object): string {
  return Object.entries(data)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

function asList(orders: readonly Order[]): string {
  if (orders.length === 0) return "no orders";
  return table(
    ["ORDER", "STATUS", "REFERENCE", "TOTAL", "CREATED"],
    orders.map(({ id, status, reference, amounts, currency, createdAt }) => [
      ...[id, status, reference ?? ""],
      ...[formatMoney(amounts.total, currency), createdAt],
    ]),
  );
}

function asText(order: Order): string {
  const { amounts, currency, payment, shipments, failure, attention } = order;
  const money = (amount: number) => formatMoney(amount, currency);
  const parcels = shipments.map(({ id, status, carrier, trackingNumber }) =>
    [id, status, carrier, trackingNumber].filter((word) => word !== null).join("  "),
  );
  const rows: [string, string | null | undefined][] = [
    ["order", order.id],
    ["status", order.status],
    ["reference", order.reference],
    ["customer", order.customer.email],
    ["total", money(amounts.total)],
    ["captured", money(amounts.captured)],
    ["refunded", amounts.refunded > 0 ? money(amounts.refunded) : null],
    ["payment", [payment.status, payment.reference].filter((word) => word !== null).join("  ")],
    ...parcels.map((parcel): [string, string] => ["shipment", parcel]),
    ["failure", failure && [failure.code, failure.reason?.message].filter(Boolean).join(": ")],
    [
      "attention",
      attention && `${attention.cause}, ${money(attention.amount)} at stake; ${attention.actions.join(", ")}`,
    ],
    ["next action", payment.nextAction?.url],
    ["created", order.createdAt],
    ["updated", order.updatedAt],
    ["run", order.links.run],
  ];
  return table(
    [],
    rows.flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
