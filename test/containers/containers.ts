import { z } from "zod";
import { compose, PROJECT } from "./compose.js";
import { Podman } from "./podman.js";

const State = z.object({
  Status: z.string(),
  Pid: z.number(),
  ExitCode: z.number(),
  Health: z.object({ Status: z.string() }).optional(),
});
const Limits = z.object({ Memory: z.number(), RestartPolicy: z.object({ Name: z.string() }) });

/** The containers of docker-compose.yml, by their services. */
export class Containers {
  private readonly env: Record<string, string>;
  private readonly podman: Podman;

  constructor(env: Record<string, string>) {
    this.env = env;
    this.podman = new Podman(env);
  }

  compose(...args: string[]): Promise<string> {
    return compose(this.env, ...args);
  }

  /** What a command in a container prints; throws with its errors when it fails. */
  exec(service: string, ...command: string[]): Promise<string> {
    return this.podman.run("exec", nameOf(service), ...command);
  }

  async stateOf(service: string): Promise<z.infer<typeof State>> {
    return State.parse(await this.inspect("{{json .State}}", service));
  }

  async limitsOf(service: string): Promise<z.infer<typeof Limits>> {
    return Limits.parse(await this.inspect("{{json .HostConfig}}", service));
  }

  /** What `inspect` and `logs` show of all of them. */
  async everythingShown(): Promise<string> {
    const ids = await this.podman.ids("ps", "--all");
    const logs = await Promise.all(ids.map((id) => this.podman.logs(id)));
    return [await this.podman.run("inspect", ...ids), ...logs].join("\n");
  }

  /** The ids of what Compose made and has not removed. */
  async remaining(): Promise<string[]> {
    return [...(await this.podman.ids("ps", "--all")), ...(await this.podman.ids("volume", "ls"))];
  }

  private async inspect(format: string, service: string): Promise<unknown> {
    return JSON.parse(await this.podman.run("inspect", "--format", format, nameOf(service)));
  }
}

function nameOf(service: string): string {
  return `${PROJECT}-${service}-1`;
}
