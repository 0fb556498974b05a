import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../dev/free-port.js";
import { waitFor } from "./wait-for.js";

/** The installed version, such as [1, 18]; null where PgBouncer is not installed. */
export function pgBouncerVersion(): [major: number, minor: number] | null {
  const { stdout } = spawnSync("pgbouncer", ["--version"], { encoding: "utf8" });
  const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  return major && minor ? [Number(major), Number(minor)] : null;
}

/** PgBouncer in front of a database. */
export class PgBouncer {
  readonly url: string;
  private readonly child: ChildProcess;
  private readonly home: string;

  private constructor(url: string, child: ChildProcess, home: string) {
    this.url = url;
    this.child = child;
    this.home = home;
  }

  static async start(databaseUrl: string, settings: Record<string, string | number>): Promise<PgBouncer> {
    const { hostname, port, username, password, pathname } = new URL(databaseUrl);
    const own = await freePort();
    const all = {
      listen_addr: "127.0.0.1",
      listen_port: own,
      unix_socket_dir: "",
      auth_type: "any",
      default_pool_size: 100,
      // It refuses to run as root.
      ...(process.getuid?.() === 0 && { user: "nobody" }),
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
    const target = `host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${password}`;
    const home = mkdtempSync(join(tmpdir(), "idem-pgbouncer-"));
    const file = join(home, "pgbouncer.ini");
    writeFileSync(file, ["[databases]", `idem = ${target}`, "[pgbouncer]", ...lines, ""].join("\n"));
    const child = spawn("pgbouncer", ["--quiet", file], { stdio: "ignore" });
    await waitFor("PgBouncer to listen", () => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
      return listens(own);
    });
    return new PgBouncer(`postgres://idem@127.0.0.1:${own}/idem`, child, home);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
    rmSync(this.home, { recursive: true });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
