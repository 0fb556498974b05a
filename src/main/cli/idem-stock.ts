import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { components } from "../../client/api-types.js";
import { print, printJson, table } from "./print.js";
import { signedNumber, wholeNumber, withJson, withService } from "./ask-service.js";

type Stock = components["schemas"]["Stock"];

const pathOf = (sku: string) => `/v1/stock/${encodeURIComponent(sku)}`;

/** `idem stock ...`: what is on hand. */
export function addStockCommands(program: Command): void {
  const stock = program.command("stock").description("what is on hand");

  withJson(stock.command("get"))
    .description("show the stock of a SKU, warehouse by warehouse")
    .argument("<sku>")
    .action((sku: string, { json }: { json?: boolean }) =>
      withService("merchant", async ({ get }) => show((await get(pathOf(sku))) as Stock, json)),
    );

  withJson(stock.command("set"))
    .description("set what is on hand in a warehouse")
    .argument("<sku>")
    .argument("<onHand>", "quantity on hand, what is reserved included", wholeNumber)
    .option("--warehouse <name>", "which one", "main")
    .action((sku: string, onHand: number, { json, warehouse }: { json?: boolean; warehouse: string }) =>
      withService("merchant", async ({ put }) => show((await put(pathOf(sku), { onHand, warehouse })) as Stock, json)),
    );

  withJson(stock.command("move"))
    .description("add units to a warehouse, or take them out; the same command again moves nothing more")
    .argument("<sku>")
    .argument("<delta>", "3 adds three units; put -- before -3, which takes three out", signedNumber)
    .option("--warehouse <name>", "which one", "main")
    .option("--reason <text>", "kept with the movement")
    .option("--another", "move the same once more, under a new key")
    .addHelpText("after", "\nExample:\n  idem stock move --warehouse north --reason damaged MUG-1 -- -3")
    .action((sku: string, delta: number, { json, another, ...more }: { json?: boolean; another?: boolean }) =>
      withService("merchant", async ({ post }) => {
        const key = another ? randomUUID() : undefined;
        const moved = await post(`${pathOf(sku)}/movements`, { delta, ...more }, key);
        if (json) return printJson(moved.json);
        const { id, warehouse, onHand } = moved.json as components["schemas"]["StockMovement"];
        print(`${id}  ${moved.replayed ? "was made before" : "made"}; then ${onHand} on hand in ${warehouse}`);
      }),
    );
}

function show(stock: Stock, json = false): void {
  if (json) return printJson(stock);
  const row = (name: string, { onHand, reserved, available }: Omit<Stock, "sku" | "warehouses">) => [
    name,
    ...[onHand, reserved, available].map(String),
  ];
  const warehouses = stock.warehouses.map(({ warehouse, ...level }) => row(warehouse, level));
  print(table([stock.sku, "ON HAND", "RESERVED", "AVAILABLE"], [...warehouses, row("all", stock)]));
}
