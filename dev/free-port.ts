import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: one of those may be gone before a program listens on it. */
const FROM = 10_000;
const TO = 32_768;
const TRIES = 100;

/** The first of these ports that nothing listens on, else any free one. */
export async function freePort(...preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) if (port && (await isFree(port))) return port;
  for (let tried = 0; tried < TRIES; tried++) {
    const port = randomInt(FROM, TO);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port on 127.0.0.1");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
