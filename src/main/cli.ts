#!/usr/bin/env node
import { Command } from "commander";
import { addAdministration } from "./cli/administration.js";
import { addAttentionCommands } from "./cli/idem-attentions.js";
import { addEventsCommand } from "./cli/idem-events.js";
import { addOrderCommands } from "./cli/idem-orders.js";
import { STATUS, STATUS_HELP } from "./cli/ask-service.js";
import { addStockCommands } from "./cli/idem-stock.js";
import { addWebhookCommands } from "./cli/idem-webhooks.js";
import { VERSION } from "./version.js";

const program = new Command("idem")
  .description("Orders, what needs an operator, and the administration of the order database")
  .version(VERSION)
  .addHelpText("after", STATUS_HELP)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : STATUS.usage));

addOrderCommands(program);
addAttentionCommands(program);
addStockCommands(program);
addEventsCommand(program);
addWebhookCommands(program);
addAdministration(program);
await program.parseAsync();
