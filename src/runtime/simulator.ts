import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../simulator/simulator.js";
import { freePort } from "./free-port.js";
import { readSimulator, type SimulatorFile, simulatorPath, writePrivately } from "./home.js";
import { localUrl } from "./local-url.js";
import { claimInTime } from "./pid-file.js";
import { loadSetup, type Setup } from "./setup.js";
import { stopInOrder, stopRequested } from "./shutdown.js";
import { printStep, type Step } from "./step-list.js";

const HTTP_PORT = 3900;
const SMTP_PORT = 3925;

const report = (step: Step) => (process.send ? process.send(step) : printStep(step));
const complain = (problem: string) => process.stderr.write(`simulator: ${problem}\n`);

async function run(): Promise<number> {
  const setup = loadSetup();
  mkdirSync(setup.home, { recursive: true, mode: 0o700 });
  const lock = join(setup.home, "simulator.pid");
  const holder = await claimInTime(lock);
  if (holder) {
    complain(`the simulator of ${setup.home} runs already (process ${holder.pid})`);
    return 1;
  }
  const simulator = await start(setup);
  await stopRequested();
  const release = { name: "lock", stop: () => rmSync(lock, { force: true }) };
  await stopInOrder([{ name: "simulator", stop: () => simulator.stop() }, release], complain);
  return 0;
}

async function start({ home, publicUrl, host, port }: Setup) {
  const last = readSimulator(home);
  const secrets = last ?? freshSecrets();
  const simulator = await startSimulator({
    port: await freePort(portOf(last?.stripeApiBase), HTTP_PORT),
    smtpPort: await freePort(portOf(last?.smtpUrl), SMTP_PORT),
    webhookBase: publicUrl ?? localUrl(host, port),
    stripeSecret: secrets.stripeWebhookSecret,
    fulfilmentSecret: secrets.fulfilmentSecret,
    home,
  });
  const file: SimulatorFile = {
    stripeSecretKey: secrets.stripeSecretKey,
    stripeWebhookSecret: secrets.stripeWebhookSecret,
    fulfilmentSecret: secrets.fulfilmentSecret,
    mailFrom: "orders@idem.example",
    ...simulator.info,
  };
  writePrivately(simulatorPath(home), file);
  report({ name: "Simulator", state: "done", detail: `${file.stripeApiBase}, mailbox ${file.mailboxUrl}` });
  return simulator;
}

function freshSecrets() {
  return {
    stripeSecretKey: `sk_test_${randomBytes(18).toString("hex")}`,
    stripeWebhookSecret: `whsec_${randomBytes(24).toString("hex")}`,
    fulfilmentSecret: `whsec_${randomBytes(24).toString("base64")}`,
  };
}

function portOf(url: string | undefined): number | undefined {
  return url ? Number(new URL(url).port) : undefined;
}

process.exit(await run());
