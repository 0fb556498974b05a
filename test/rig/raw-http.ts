import { request } from "node:http";

export interface WireAnswer {
  status: number;
  /** The slug of the problem; null for none. */
  problem: string | null;
  text: string;
}

/** A request as `fetch` would not send it: header lines that repeat, a body in chunks or in bytes of any kind. */
export function sendRaw(
  url: string,
  headers: Record<string, string | string[]>,
  body: Buffer,
  { chunked = false } = {},
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const length = chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": String(body.length) };
    const call = request(url, { method: "POST", headers: { ...headers, ...length } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const status = response.statusCode ?? 0;
        resolve({ status, text, problem: status < 400 ? null : String(JSON.parse(text).type).replace(/^.*\//, "") });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}
