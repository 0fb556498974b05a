import { Connection } from "@temporalio/client";
import { createTransport } from "nodemailer";
import { type Config, loadConfig } from "../../config/config.js";
import { pendingMigrations } from "../../database/migrate.js";
import { createStripe, createStripeGateway } from "../../providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../../providers/warehouse/http-warehouse.js";
import { withTimeout } from "../../temporal/with-timeout.js";
import { print } from "./print.js";

const WITHIN_MS = 10_000;

/** Something that Idem depends on, how it is asked, and what helps where it does not answer. */
interface Check {
  name: string;
  /** Says how it is; throws when it is not as it must be. */
  ask(): Promise<string>;
  remedy: string;
}

/** Asks everything that Idem depends on, one after another, and changes nothing. */
export async function examine(): Promise<void> {
  for (const { name, ask, remedy } of checksOf(loadConfig("administration"))) {
    const [mark, detail] = await withTimeout(WITHIN_MS, ask()).then(
      (how) => ["ok", how],
      (error: unknown) => ["--", `${error instanceof Error ? error.message : String(error)}\n       ${remedy}`],
    );
    if (mark !== "ok") process.exitCode = 1;
    print(`  ${mark}  ${name.padEnd(10)}  ${detail}`);
  }
}

function checksOf(config: Config): Check[] {
  const { temporal, stripe, fulfilment, email, publicUrl } = config;
  return [
    {
      name: "PostgreSQL",
      ask: async () => {
        const pending = await pendingMigrations(config.databaseUrl);
        return pending.length === 0 ? "the order database is of this build" : `${pending.length} migrations to make`;
      },
      remedy: "DATABASE_URL says where the order database is; `npm run engines` starts one here.",
    },
    {
      name: "Temporal",
      ask: async () => {
        const connection = await Connection.connect(temporal.connectionOptions);
        try {
          await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
          return `namespace ${temporal.namespace}`;
        } finally {
          await connection.close();
        }
      },
      remedy: "TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where it is; `npm run engines` starts one here.",
    },
    {
      name: "API",
      ask: async () => {
        const { status } = await fetch(`${publicUrl}/healthz`);
        if (status !== 200) throw new Error(`${publicUrl}/healthz answers ${status}`);
        return publicUrl;
      },
      remedy: "PUBLIC_URL says where it is; `npm run api` starts it here.",
    },
    {
      name: "workers",
      ask: async () => {
        const { workers } = (await (await fetch(`${publicUrl}/readyz`)).json()) as { workers: string };
        if (workers !== "up") throw new Error("a task queue has no worker");
        return "both task queues are served";
      },
      remedy: "`npm run worker` starts one; WORKER_QUEUES says which queues it serves.",
    },
    {
      name: "payments",
      ask: async () => {
        const now = new Date();
        await createStripeGateway(createStripe(stripe)).listPayments({ from: now, to: now }, null, WITHIN_MS);
        return stripe.apiBase ?? "Stripe";
      },
      remedy: "STRIPE_SECRET_KEY must be of the account, and STRIPE_API_BASE is for another server than Stripe's.",
    },
    {
      name: "warehouse",
      ask: async () => {
        await createHttpWarehouse(fulfilment.url).retrieve("of-no-order", WITHIN_MS);
        return fulfilment.url;
      },
      remedy: "FULFILMENT_URL says where it is.",
    },
    {
      name: "email",
      ask: async () => {
        const { hostname, port } = new URL(email.smtpUrl);
        await createTransport(email.smtpUrl).verify();
        return `${hostname}:${port}`;
      },
      remedy: "SMTP_URL says where the email server is, with user and password where it wants them.",
    },
  ];
}
