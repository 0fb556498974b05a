// An order as a Restate workflow, on a server of its own. Needs PORT, PROVIDERS_URL and SMTP_URL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp2Server } from "node:http2";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createEndpointHandler, workflow } from "@restatedev/restate-sdk";
import { connect } from "@restatedev/restate-sdk-clients";
import { authorizePayment, requestShipment, reserveStock, sendEmail } from "../../dist/bench/order-effects.js";
import { need, whenStopped, serveOrders } from "./front.mjs";

const START_PATIENCE_MS = 60_000;
const LOOPBACK = "127.0.0.1";

// The SDK calls it, and Node 20 does not have it.
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};

const port = Number(need("PORT"));
need("PROVIDERS_URL");
need("SMTP_URL");

const orders = workflow({
  name: "orders",
  handlers: {
    run: async (context, order) => {
      for (const [name, effect] of Object.entries({ reserveStock, authorizePayment, requestShipment, sendEmail })) {
        await context.run(name, () => effect(order));
      }
    },
  },
});

const [fabricPort, ingressPort, adminPort, endpointPort] = await freePorts(4);
const ingressUrl = `http://${LOOPBACK}:${ingressPort}`;
const adminUrl = `http://${LOOPBACK}:${adminPort}`;

const logger = ({ level }, ...message) => {
  if (level === "warn" || level === "error") console.error(...message);
};
const endpoint = createHttp2Server(createEndpointHandler({ services: [orders], logger }));
endpoint.listen(endpointPort, LOOPBACK);
await once(endpoint, "listening");

const home = mkdtempSync(join(tmpdir(), "restate-"));
const restate = startRestate();
// Also when this process fails, so that no server is left behind.
process.on("exit", () => {
  restate.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});
await register();

// A workflow runs once for each key; Restate answers a repeat with the existing run.
const client = connect({ url: ingressUrl });
const server = await serveOrders(port, (key, order) => client.workflowClient(orders, key).workflowSubmit(order));

restate.once("exit", (code, signal) => {
  console.error(`restate-server ended (${signal ?? code})`);
  process.exit(1);
});
whenStopped(async () => {
  server.close();
  server.closeAllConnections();
  restate.removeAllListeners("exit");
  const ended = once(restate, "exit");
  restate.kill("SIGTERM");
  await Promise.race([ended, sleep(5_000)]);
});

function startRestate() {
  const config = join(home, "restate.toml");
  writeFileSync(
    config,
    `listen-mode = "tcp"
bind-ip = "${LOOPBACK}"
bind-port = ${fabricPort}
advertised-host = "${LOOPBACK}"
base-dir = "${join(home, "data")}"
node-name = "bench"
disable-telemetry = true
log-filter = "warn,octocrab=off"

[ingress]
bind-port = ${ingressPort}

[admin]
bind-port = ${adminPort}
disable-web-ui = true
`,
  );
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const binary = createRequire(import.meta.url).resolve(`${platform}/bin/restate-server`);
  return spawn(binary, ["--no-logo", "--config-file", config], { stdio: ["ignore", 2, 2] });
}

/** Registers the workflow with the server, and waits until the ingress reaches it. */
async function register() {
  const deadline = Date.now() + START_PATIENCE_MS;
  const answers = async (url, init) => (await fetch(url, init).catch(() => null))?.ok ?? false;
  const until = async (what, holds) => {
    while (!(await holds())) {
      if (restate.exitCode !== null || Date.now() > deadline) throw new Error(`restate-server: ${what} failed`);
      await sleep(100);
    }
  };
  await until("start", () => answers(`${ingressUrl}/restate/health`));
  const body = JSON.stringify({ uri: `http://${LOOPBACK}:${endpointPort}` });
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body };
  await until("registration", () => answers(`${adminUrl}/deployments`, init));
}

/** Ports below the range of outgoing connections, so that none is in use by the time the server binds it. */
async function freePorts(count) {
  const found = new Set();
  while (found.size < count) {
    const candidate = 20_000 + Math.floor(Math.random() * 12_000);
    if (candidate !== port && (await isFree(candidate))) found.add(candidate);
  }
  return [...found];
}

function isFree(candidate) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(candidate, LOOPBACK, () => probe.close(() => resolve(true)));
  });
}
