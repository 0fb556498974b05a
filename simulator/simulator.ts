import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { controlRoutes } from "./control/control-routes.js";
import { SmtpServer } from "./mailbox/smtp-server.js";
import { pageRoutes } from "./pages/page-routes.js";
import { stripeRoutes } from "./payments/stripe-routes.js";
import { demoConfig } from "./simulation-config.js";
import { Simulation } from "./simulation.js";
import { StateFile } from "./state-file.js";
import { warehouseRoutes } from "./warehouse/warehouse-routes.js";

export interface SimulatorOptions {
  /** 0 for any free port. */
  port: number;
  smtpPort: number;
  /** Webhooks are sent to `{webhookBase}/webhooks/stripe` and `.../fulfilment`; null sends none. */
  webhookBase: string | null;
  stripeSecret: string;
  fulfilmentSecret: string;
  /** The folder that keeps the state across restarts; null keeps nothing. */
  home: string | null;
  /** The address to listen on; 127.0.0.1 by default. */
  host?: string;
}

interface SimulatorInfo {
  stripeApiBase: string;
  fulfilmentUrl: string;
  smtpUrl: string;
  mailboxUrl: string;
  controlUrl: string;
}

export interface Simulator {
  info: SimulatorInfo;
  stop(): Promise<void>;
}

/** The address in the URLs of `info`; a container may listen on another one (`host`). */
const HOST = "127.0.0.1";

/** Stripe, a warehouse and an email server in one process, each with its own protocol. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { stripeSecret, fulfilmentSecret, home } = options;
  const simulation = new Simulation(demoConfig(options.webhookBase), {
    stripe: stripeSecret,
    fulfilment: fulfilmentSecret,
  });
  const stateFile = home === null ? null : new StateFile(simulation, home);
  await stateFile?.load();

  const smtp = new SmtpServer(simulation.state, simulation.mailbox);
  const host = options.host ?? HOST;
  const smtpPort = await smtp.listen(options.smtpPort, host);
  const http = await listen(routes(simulation), options.port, host).catch(async (error: unknown) => {
    await smtp.close();
    throw error;
  });
  const base = `http://${HOST}:${(http.address() as AddressInfo).port}`;
  simulation.state.baseUrl = base;
  simulation.start();
  stateFile?.watch();

  return {
    info: {
      stripeApiBase: base,
      fulfilmentUrl: base,
      smtpUrl: `smtp://${HOST}:${smtpPort}`,
      mailboxUrl: `${base}/mailbox`,
      controlUrl: `${base}/_control`,
    },
    stop: once(async () => {
      simulation.stop();
      await Promise.all([smtp.close(), close(http)]);
      await stateFile?.close();
    }),
  };
}

function routes(simulation: Simulation): Hono<{ Bindings: HttpBindings }> {
  const { state, outbox, stripe, warehouse, paymentKeys, shipmentKeys } = simulation;
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route("/v1", stripeRoutes(stripe, paymentKeys));
  app.route("/shipments", warehouseRoutes({ state, outbox, warehouse, keys: shipmentKeys }));
  app.route("/_control", controlRoutes(simulation));
  app.route("/", pageRoutes(simulation));
  return app;
}

function listen(app: Hono<{ Bindings: HttpBindings }>, port: number, hostname: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname }, () => resolve(server as Server));
    server.once("error", reject);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= act());
}
