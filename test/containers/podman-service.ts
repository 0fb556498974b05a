import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../rig/wait-for.js";
import type { Podman } from "./podman.js";

const HEALTH_EVERY_MS = 1_500;

/** Docker's API, served by podman, with health checks that are repeated. */
export class PodmanService {
  private readonly podman: Podman;
  private readonly process: ChildProcess;
  private readonly stopped = new AbortController();

  private constructor(podman: Podman, process: ChildProcess) {
    this.podman = podman;
    this.process = process;
    void this.checkHealth();
  }

  static async start(podman: Podman): Promise<PodmanService> {
    const address = podman.env["DOCKER_HOST"] ?? "";
    const socket = address.replace("unix://", "");
    rmSync(socket, { force: true });
    // Detached: Ctrl-C in a terminal reaches its whole process group, and this one is needed to take everything down. It
    // ends by itself when nobody is left to ask it.
    const service = spawn("podman", ["system", "service", "--time", "600", address], {
      env: { ...process.env, ...podman.env },
      stdio: "ignore",
      detached: true,
    });
    await waitFor("podman's service", () => existsSync(socket));
    return new PodmanService(podman, service);
  }

  stop(): void {
    this.stopped.abort();
    this.process.kill("SIGTERM");
  }

  private async checkHealth(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      // An unhealthy container fails here, as does one that has no check or has just ended; its state says which.
      const check = (id: string) => this.podman.run("healthcheck", "run", id).catch(() => {});
      await Promise.all((await this.podman.ids("ps").catch(() => [])).map(check));
      await sleep(HEALTH_EVERY_MS, null, { signal }).catch(() => {});
    }
  }
}
