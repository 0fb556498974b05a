import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { controlRoutes } from "./control/control-routes.js";
import { SmtpDoor } from "./mailbox/smtp-server.js";
import { pageRoutes } from "./pages/page-routes.js";
import { stripeRoutes } from "./payments/stripe-routes.js";
import { demoConfig } from "./simulation-config.js";
import { Simulation } from "./simulation.js";
import { StateFile } from "./state-file.js";
import { warehouseRoutes } from "./warehouse/warehouse-routes.js";

export interface SimulatorOptions {
  /** 0 = any free port. */
  port: number;
  smtpPort: number;
  /** Where webhooks go (`{webhookBase}/webhooks/stripe`, `.../fulfilment`); null sends none. */
  webhookBase: string | null;
  stripeSecret: string;
  fulfilmentSecret: string;
  /** The folder that keeps the state over restarts; null keeps nothing. */
  home: string | null;
  /** Where it listens; 127.0.0.1 when absent. */
  host?: string;
}

export interface SimulatorInfo {
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

/** Where the simulator is found on its own machine; a container may listen more widely (`host`). */
const HOST = "127.0.0.1";

/** Stripe, a warehouse and a mail server in one process, each on its own wire protocol. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { stripeSecret, fulfilmentSecret, home } = options;
  const simulation = new Simulation(demoConfig(options.webhookBase), {
    stripe: stripeSecret,
    fulfilment: fulfilmentSecret,
  });
  const state = home === null ? null : new StateFile(simulation, home);
  await state?.load();

  const door = new SmtpDoor(simulation.world, simulation.mail);
  const host = options.host ?? HOST;
  const smtpPort = await door.listen(options.smtpPort, host);
  const http = await listen(wires(simulation), options.port, host).catch(async (error: unknown) => {
    await door.close();
    throw error;
  });
  const base = `http://${HOST}:${(http.address() as AddressInfo).port}`;
  simulation.world.baseUrl = base;
  simulation.start();
  state?.watch();

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
      await Promise.all([door.close(), close(http)]);
      await state?.close();
    }),
  };
}

function wires(simulation: Simulation): Hono<{ Bindings: HttpBindings }> {
  const { world, outbox, desk, floor, paymentKeys, shipmentKeys } = simulation;
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route("/v1", stripeRoutes(desk, paymentKeys));
  app.route("/shipments", warehouseRoutes({ world, outbox, floor, keys: shipmentKeys }));
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
