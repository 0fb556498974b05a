import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../simulator/simulator.js";
import { freePort } from "./free-port.js";
import { readSimulator, type SimulatorFile, simulatorPath, writePrivately } from "../src/config/home.js";
import { localUrl } from "../src/config/local-url.js";
import { claimInTime } from "./pid-file.js";
import { loadSetup, type Setup, type SimulatorSetup } from "../src/config/setup.js";
import { stopInOrder, stopRequested } from "../src/main/shutdown.js";
import { printStep, type Step } from "./progress.js";

const HTTP_PORT = 3900;
const SMTP_PORT = 3925;

const report = (step: Step) => (process.send ? process.send(step) : printStep(step));
const printError = (problem: string) => process.stderr.write(`simulator: ${problem}\n`);

async function run(): Promise<number> {
  const setup = loadSetup();
  mkdirSync(setup.home, { recursive: true, mode: 0o700 });
  const lock = join(setup.home, "simulator.pid");
  const holder = await claimInTime(lock);
  if (holder) {
    printError(`the simulator of ${setup.home} runs already (process ${holder.pid})`);
    return 1;
  }
  const simulator = await start(setup);
  await stopRequested();
  const release = { name: "lock", stop: () => rmSync(lock, { force: true }) };
  await stopInOrder([{ name: "simulator", stop: () => simulator.stop() }, release], printError);
  return 0;
}

async function start({ home, publicUrl, host, port, simulator: setup }: Setup) {
  const last = readSimulator(home);
  const secrets = secretsOf(setup, last);
  const options = {
    host: setup.host,
    port: await freePort(portOf(last?.stripeApiBase), HTTP_PORT),
    smtpPort: await freePort(portOf(last?.smtpUrl), SMTP_PORT),
    webhookBase: publicUrl ?? localUrl(host, port),
    stripeSecret: secrets.stripeWebhookSecret,
    fulfilmentSecret: secrets.fulfilmentSecret,
    home,
  };
  const simulator = await startSimulator(options);
  const file: SimulatorFile = { ...secrets, mailFrom: "orders@idem.example", ...simulator.info };
  writePrivately(simulatorPath(home), file);
  report({ name: "Simulator", state: "done", detail: `${file.stripeApiBase}, mailbox ${file.mailboxUrl}` });
  return simulator;
}

/** The same over restarts, so that what was signed before is still good. */
function secretsOf(setup: SimulatorSetup, last: SimulatorFile | null) {
  const random = (encoding: BufferEncoding) => randomBytes(24).toString(encoding);
  return {
    stripeSecretKey: last?.stripeSecretKey ?? `sk_test_${random("hex")}`,
    stripeWebhookSecret: setup.stripeWebhookSecret ?? last?.stripeWebhookSecret ?? `whsec_${random("hex")}`,
    fulfilmentSecret: setup.fulfilmentSecret ?? last?.fulfilmentSecret ?? `whsec_${random("base64")}`,
  };
}

function portOf(url: string | undefined): number | undefined {
  return url ? Number(new URL(url).port) : undefined;
}

process.exit(await run());
