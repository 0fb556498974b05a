import type { ServerType } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { refuseToStart, type SettingIssue } from "../config/config-error.js";

interface Place {
  host: string;
  port: number;
  /** The setting that the port comes from. */
  setting: "PORT" | "METRICS_PORT";
}

const FAULTS: Record<string, (place: Place) => SettingIssue> = {
  EADDRINUSE: ({ setting, port }) => ({ setting, problem: `is ${port}, which another program has` }),
  EACCES: ({ setting, port }) => ({ setting, problem: `is ${port}, which this user may not listen on` }),
  EADDRNOTAVAIL: ({ host }) => ({ setting: "HOST", problem: `is ${host}, which is no address of this machine` }),
  ENOTFOUND: ({ host }) => ({ setting: "HOST", problem: `is ${host}, which is no address of this machine` }),
};

/** Listens; answers the port, since 0 takes any free one. An unavailable address ends the process as a wrong setting does. */
export async function listen(server: ServerType, place: Place): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(place.port, place.host, resolve));
  } catch (error) {
    const fault = FAULTS[String((error as NodeJS.ErrnoException).code)];
    if (!fault) throw error;
    refuseToStart([fault(place)]);
  }
  return (server.address() as AddressInfo).port;
}
