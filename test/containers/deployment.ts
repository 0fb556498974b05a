import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { freePort } from "../../dev/free-port.js";
import { claimPidFile } from "../../dev/pid-file.js";
import { cacheFolder } from "../../dev/engines/temporal-binary.js";
import { waitFor } from "../rig/wait-for.js";
import { compose, PROJECT } from "./compose.js";
import { buildTarget, fullName, makeStandIns } from "./images.js";
import { Podman, run } from "./podman.js";
import { PodmanService } from "./podman-service.js";
import { requirePrograms } from "./requirements.js";

/** What a test reaches the containers by. */
export interface Deployment {
  apiUrl: string;
  simulatorUrl: string;
  temporalUiUrl: string;
  secrets: string;
  /** For podman and Compose. */
  env: Record<string, string>;
}

declare module "vitest" {
  interface ProvidedContext {
    deployment: Deployment;
  }
}

const RUN_FOLDER = "/run/idem-containers";

const Service = z.object({ image: z.string(), build: z.object({ target: z.string() }).optional() });
const ComposeFile = z.object({ services: z.record(z.string(), Service) });

/** Brings docker-compose.yml up; what is returned takes everything down. */
export default async function bringUp(project: TestProject): Promise<() => void> {
  requirePrograms();
  const folder = join(cacheFolder(process.env), "containers");
  const podman = Podman.prepare(folder, RUN_FOLDER);
  const holder = claimPidFile(join(RUN_FOLDER, "test.pid"));
  if (holder) throw new Error(`process ${holder.pid} runs this test already`);

  const takeDown = once(() => cleanUp(podman));
  // Vitest ends on a SIGINT without waiting for anything.
  process.once("exit", takeDown);
  process.once("SIGTERM", () => process.exit(1));
  try {
    podman.removeAll();
    project.provide("deployment", await deploy(podman));
  } catch (error) {
    takeDown();
    throw error;
  }
  return takeDown;
}

let service: PodmanService | null = null;

async function deploy(podman: Podman): Promise<Deployment> {
  const secrets = join(RUN_FOLDER, "secrets");
  const [api, simulator, temporalUi] = [await freePort(3000), await freePort(3900), await freePort(8233)];
  const env = {
    ...podman.env,
    COMPOSE_PROJECT_NAME: PROJECT,
    SECRETS_FOLDER: secrets,
    API_PORT: String(api),
    SIMULATOR_PORT: String(simulator),
    TEMPORAL_UI_PORT: String(temporalUi),
  };
  await run("sh", ["deploy/create-secrets.sh", "--simulator", secrets]);
  const { services } = ComposeFile.parse(JSON.parse(await compose(env, "config", "--format", "json")));
  await prepareImages(podman, services);
  // Stages of builds that are not the last one any more; images stay otherwise, as a cache.
  await podman.run("image", "prune", "--force", "--filter", "until=168h");

  report("docker compose up");
  service = await PodmanService.start(podman);
  await compose(env, "up", "--detach", "--no-build", "--pull", "never");
  const apiUrl = `http://127.0.0.1:${api}`;
  await waitFor("the API to be ready", () => isReady(apiUrl), 120_000);
  report("ready");
  return {
    ...{ apiUrl, secrets, env },
    simulatorUrl: `http://127.0.0.1:${simulator}`,
    temporalUiUrl: `http://127.0.0.1:${temporalUi}`,
  };
}

async function prepareImages(podman: Podman, services: z.infer<typeof ComposeFile>["services"]): Promise<void> {
  const pulled = Object.values(services).flatMap(({ image, build }) => (build ? [] : [image]));
  const [, base = ""] = /^FROM (\S+:\S+)/m.exec(readFileSync("Dockerfile", "utf8")) ?? [];
  await makeStandIns(podman, [base, ...new Set(pulled)], (what) => report(`stand-in: ${what}`));
  for (const { image, build } of Object.values(services)) {
    if (!build) continue;
    report(`podman build --target ${build.target}`);
    await buildTarget(podman, build.target, image, RUN_FOLDER);
  }
  for (const { image, build } of Object.values(services)) {
    if (build) report(`${image}: ${await megabytes(podman, image)}, its base ${await megabytes(podman, base)} of them`);
  }
}

async function megabytes(podman: Podman, image: string): Promise<string> {
  const size = await podman.run("image", "inspect", "--format", "{{.Size}}", fullName(image));
  return `${Math.round(Number(size) / 1_000_000)} MB`;
}

async function isReady(apiUrl: string): Promise<boolean> {
  return fetch(`${apiUrl}/readyz`).then(
    async (answer) => answer.ok && !/"down"/.test(await answer.text()),
    () => false,
  );
}

function cleanUp(podman: Podman): void {
  report("taking everything down");
  service?.stop();
  podman.removeAll();
  for (const name of ["secrets", "test.pid"]) rmSync(join(RUN_FOLDER, name), { recursive: true, force: true });
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

function report(what: string): void {
  process.stdout.write(`containers: ${what}\n`);
}
