import { createServer, type AddressInfo } from "node:net";

/** The first of these ports that nothing listens on, else any free one. */
export async function freePort(...preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port && (await bound(port)) !== null) return port;
  }
  const any = await bound(0);
  if (any === null) throw new Error("no free port on 127.0.0.1");
  return any;
}

function bound(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
