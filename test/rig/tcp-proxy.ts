import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A line to a server that can go dead: while it is cut nothing is refused and nothing comes back, as when the machine
 * at the other end hangs.
 */
export class TcpProxy {
  private readonly server: Server;
  private readonly pairs = new Set<[near: Socket, far: Socket]>();
  private isCut = false;

  private constructor(target: { host: string; port: number }) {
    this.server = createServer((near) => {
      const far = connect(target);
      const pair: [Socket, Socket] = [near, far];
      this.pairs.add(pair);
      const over = () => {
        near.destroy();
        far.destroy();
        this.pairs.delete(pair);
      };
      for (const socket of pair) socket.on("error", over).on("close", over);
      if (!this.isCut) join(pair);
    });
  }

  static async to(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return address.port;
  }

  cut(): void {
    this.isCut = true;
    for (const [near, far] of this.pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  mend(): void {
    this.isCut = false;
    for (const pair of this.pairs) join(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const [near, far] of this.pairs) for (const socket of [near, far]) socket.destroy();
    await closed;
  }
}

function join([near, far]: [Socket, Socket]): void {
  near.pipe(far);
  far.pipe(near);
}
