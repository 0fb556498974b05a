import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const CONFIGURATION = (networks: string) => `
[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
network_config_dir = "${networks}"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4000:4000"]
`;

const STORAGE = (images: string, running: string) => `
[storage]
driver = "overlay"
graphroot = "${images}"
runroot = "${running}"
`;

/** podman with a storage of its own: no other image, container or network of the machine is in reach. */
export class Podman {
  readonly env: Record<string, string>;

  /** @param env as another instance has it. */
  constructor(env: Record<string, string>) {
    this.env = env;
  }

  /**
   * @param folder keeps the images.
   * @param runFolder is gone after a restart of the machine, as everything that runs.
   */
  static prepare(folder: string, runFolder: string): Podman {
    const [configuration, storage, networks] = ["containers.conf", "storage.conf", "networks"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    for (const path of [folder, runFolder, networks]) mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(configuration, CONFIGURATION(networks));
    writeFileSync(storage, STORAGE(join(folder, "storage"), join(runFolder, "storage")));
    return new Podman({
      CONTAINERS_CONF: configuration,
      CONTAINERS_STORAGE_CONF: storage,
      // Its health checks are timers of systemd, which is not everywhere: `PodmanService` repeats them.
      DISABLE_HC_SYSTEMD: "true",
      DOCKER_HOST: `unix://${join(runFolder, "podman.sock")}`,
    });
  }

  run(...args: string[]): Promise<string> {
    return run("podman", args, this.env);
  }

  /** What a container wrote, on both of its streams. */
  logs(container: string): Promise<string> {
    return run("sh", ["-c", 'podman logs "$1" 2>&1', "-", container], this.env);
  }

  /** Removes all but images, and throws when something is left. Synchronous, so that it can be a process's last act. */
  removeAll(): void {
    const now = (...args: string[]) =>
      execFileSync("podman", args, {
        env: { ...process.env, ...this.env },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    now("rm", "--all", "--force", "--volumes", "--time", "0");
    now("volume", "prune", "--force");
    now("network", "prune", "--force");
    const left = now("ps", "--all", "--quiet") + now("volume", "ls", "--quiet");
    if (left !== "") throw new Error(`podman left behind:\n${left}`);
  }

  /** The ids that a listing command prints. */
  async ids(...args: string[]): Promise<string[]> {
    return (await this.run(...args, "--quiet")).split("\n").filter(Boolean);
  }
}

/** What a command prints; throws with its errors when it fails. */
export async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(command, args, options)).stdout.trim();
}
