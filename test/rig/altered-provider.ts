import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface ProviderRequest {
  method: string;
  path: string;
  body: string;
}

export interface ProviderResponse {
  status: number;
  body: string;
}

/** What becomes of a provider's response; null where it stays as it is. */
export interface Alteration {
  matches(request: ProviderRequest): boolean;
  /** The response of a request that the provider never sees. */
  instead?: ProviderResponse;
  /** Changes the response that the provider gave. */
  change?(response: ProviderResponse): ProviderResponse;
}

/** A line of HTTP to a simulated provider on which responses are altered, as no fault of the simulator does it. */
export class AlteredProvider {
  private readonly server: Server;
  private readonly target: string;
  private readonly alterations = new Map<Alteration, number>();

  private constructor(target: string) {
    this.target = target;
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async of(target: string): Promise<AlteredProvider> {
    const provider = new AlteredProvider(target);
    await new Promise<void>((resolve) => provider.server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the provider is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Alters the responses to matching requests until it is restored. */
  alter(alteration: Alteration): { hits(): number; restore(): void } {
    this.alterations.set(alteration, 0);
    let last = 0;
    return {
      hits: () => this.alterations.get(alteration) ?? last,
      restore: () => {
        last = this.alterations.get(alteration) ?? last;
        this.alterations.delete(alteration);
      },
    };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "GET", url: path = "/", headers } = incoming;
    const request = { method, path, body: Buffer.concat(chunks).toString("utf8") };
    const [alteration] = [...this.alterations.keys()].filter((one) => one.matches(request));
    if (alteration) this.alterations.set(alteration, (this.alterations.get(alteration) ?? 0) + 1);
    try {
      const given = alteration?.instead ?? (await this.forward(request, headers));
      const { status, body } = alteration?.change?.(given) ?? given;
      outgoing.writeHead(status, { "Content-Type": "application/json", "Request-Id": "req_altered" }).end(body);
    } catch {
      outgoing.destroy();
    }
  }

  private async forward(
    { method, path, body }: ProviderRequest,
    headers: IncomingMessage["headers"],
  ): Promise<ProviderResponse> {
    const { host: _, connection: __, "content-length": ___, "transfer-encoding": ____, ...rest } = headers;
    const response = await fetch(this.target + path, {
      method,
      headers: Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
      ...(method !== "GET" && { body }),
    });
    return { status: response.status, body: await response.text() };
  }
}
