import { type Command, InvalidArgumentError, Option } from "commander";
import { type Role, ROLES } from "../../domain/role.js";
import { withJson } from "./ask-service.js";

const work = () => import("./administer.js");

/** What an administrator does to the order database itself. */
export function addAdministration(program: Command): void {
  program
    .command("audit")
    .description(
      "compare order database, payment provider and warehouse, order by order; exit status 1 where something differs",
    )
    .action(async () => (await work()).auditAll());

  program
    .command("purge")
    .description("erase personal data and detail of orders that closed before a time and owe nothing")
    .requiredOption("--closed-before <time>", "RFC 3339, for example 2026-01-01T00:00:00Z", readTime)
    .action(async ({ closedBefore }: { closedBefore: Date }) => (await work()).purge(closedBefore));

  program
    .command("openapi")
    .description("print the description of the API (OpenAPI 3.1)")
    .option("--url <url>", "the API's own address in it", "http://127.0.0.1:3000")
    .action(async ({ url }: { url: string }) => (await work()).printOpenApi(url));

  program
    .command("migrate")
    .description("bring the order database to the form of this build, as every process does when it starts")
    .option("--check", "change nothing; exit status 1 when there is something to do")
    .action(async ({ check = false }: { check?: boolean }) => (await work()).migrate(check));

  program
    .command("emails")
    .description("emails to customers")
    .command("resend")
    .description("send again the emails that were given up after EMAIL_GIVE_UP_AFTER, and clear their attentions")
    .option("--order <id>", "those of one order; of all orders otherwise")
    .action(async ({ order = null }: { order?: string | null }) => (await work()).resend(order));

  program
    .command("doctor")
    .description("ask everything that Idem depends on and say what helps; exit status 1 when something is wrong")
    .action(async () => (await import("./doctor.js")).examine());

  addKeyCommands(program);
}

function addKeyCommands(program: Command): void {
  const keys = program
    .command("keys")
    .description("API keys that are kept, hashed, in the order database; DATABASE_URL is all that these need");

  keys
    .command("add")
    .description("create a key and print it once")
    .requiredOption("--tenant <name>", "the tenant it belongs to")
    .addOption(new Option("--role <role>", "what it allows; support reads alone").choices(ROLES).makeOptionMandatory())
    .option("--name <name>", "what it is for, shown by `keys list`")
    .option("--expires <time>", "from when on it counts no more, for example 2027-01-01T00:00:00Z", readTime)
    .addHelpText("after", '\nExample:\n  idem keys add --tenant acme --role support --name "help desk"')
    .action(async ({ tenant, role, name = null, expires = null }: KeyOptions) =>
      (await work()).addKey({ tenant, role, name, expiresAt: expires }),
    );

  withJson(keys.command("list"))
    .description("list the keys, newest first, without their secrets")
    .action(async ({ json = false }: { json?: boolean }) => (await work()).listKeys(json));

  keys
    .command("revoke")
    .description("revoke a key, effective from the next request")
    .argument("<id>", "its id as `keys list` shows it, or the key itself")
    .action(async (id: string) => (await work()).revokeKey(id));
}

interface KeyOptions {
  tenant: string;
  role: Role;
  name?: string | null;
  expires?: Date | null;
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError("give a time like 2026-01-01T00:00:00Z");
  }
  return time;
}
