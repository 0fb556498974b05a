import { createServer } from "node:http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { request } from "undici";
import { listen } from "./listen.js";

/** A registry with Node's default metrics, every series marked with the process's name. */
export function createRegistry(process: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface MetricsServer {
  port: number;
  stop(): Promise<void>;
}

/** Where the Temporal SDK, which is no part of Node, serves its own metrics: to this process alone. */
const SDK_HOST = "127.0.0.1";
const SDK_TIMEOUT_MS = 1_000;

/** An address that is free now, for the SDK's metrics. */
export async function freeAddress(): Promise<string> {
  const server = createServer();
  const port = await listen(server, { host: SDK_HOST, port: 0, setting: "METRICS_PORT" });
  await new Promise((resolve) => server.close(resolve));
  return `${SDK_HOST}:${port}`;
}

/**
 * Serves GET /metrics; port 0 takes any free one.
 * @param sdkAddress where the Temporal SDK serves its own, which are shown too.
 */
export async function serveMetrics(
  registry: Registry,
  host: string,
  port: number,
  sdkAddress: string | null = null,
): Promise<MetricsServer> {
  const server = createServer((asked, response) => {
    if (asked.url !== "/metrics") return void response.writeHead(404).end();
    Promise.all([registry.metrics(), sdkAddress === null ? "" : sdkMetrics(sdkAddress)]).then(
      (texts) => response.writeHead(200, { "Content-Type": registry.contentType }).end(texts.join("")),
      () => response.writeHead(500).end(),
    );
  });
  const taken = await listen(server, { host, port, setting: "METRICS_PORT" });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: taken, stop };
}

/** Our own metrics are worth more than all together. */
async function sdkMetrics(address: string): Promise<string> {
  try {
    const { body } = await request(`http://${address}/metrics`, { headersTimeout: SDK_TIMEOUT_MS });
    return await body.text();
  } catch {
    return "";
  }
}
