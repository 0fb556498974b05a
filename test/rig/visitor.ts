interface Seen {
  status: number;
  text: string;
  location: string | null;
  cookies: string[];
  header(name: string): string | null;
}

/** A form of a page: where it is sent, and what it carries. */
interface Form {
  action: string;
  hidden: Record<string, string>;
}

/** A person at the console with a browser that keeps cookies and runs no script. */
export class Visitor {
  private readonly base: string;
  private readonly cookies = new Map<string, string>();

  constructor(base: string) {
    this.base = base;
  }

  get(path: string): Promise<Seen> {
    return this.ask(path, { method: "GET" });
  }

  head(path: string): Promise<Seen> {
    return this.ask(path, { method: "HEAD" });
  }

  signIn(apiKey: string, next = "/console"): Promise<Seen> {
    return this.send({ action: "/console/sign-in", hidden: { next } }, { apiKey });
  }

  /** The form of a page that is sent to `action`. */
  async form(path: string, action: string): Promise<Form> {
    const { text } = await this.get(path);
    const [, inside] = new RegExp(`<form[^>]*action="${action}"[^>]*>(.*?)</form>`, "s").exec(text) ?? [];
    if (inside === undefined) throw new Error(`${path} has no form that is sent to ${action}`);
    const inputs = inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
    return { action, hidden: Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value])) };
  }

  send({ action, hidden }: Form, typed: Record<string, string>, headers: Record<string, string> = {}): Promise<Seen> {
    const body = new URLSearchParams({ ...hidden, ...typed });
    return this.ask(action, { method: "POST", body, headers: { "Sec-Fetch-Site": "same-origin", ...headers } });
  }

  /** Opens a stream: how to leave it, and its status. */
  async follow(path: string): Promise<[leave: () => void, status: number]> {
    const leaving = new AbortController();
    const headers = { Cookie: this.cookie(), Accept: "text/event-stream" };
    const response = await fetch(this.base + path, { headers, signal: leaving.signal });
    return [() => leaving.abort(), response.status];
  }

  private cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  private async ask(path: string, init: { method: string; body?: URLSearchParams; headers?: object }): Promise<Seen> {
    const cookie = this.cookie();
    const response = await fetch(this.base + path, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, ...(cookie && { Cookie: cookie }) },
    });
    const set = response.headers.getSetCookie();
    for (const one of set) this.keep(one);
    return {
      status: response.status,
      text: await response.text(),
      location: response.headers.get("Location"),
      cookies: set.map((one) => one.replace(/Max-Age=\d+; /, "")),
      header: (name) => response.headers.get(name),
    };
  }

  private keep(set: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (/Max-Age=0/.test(set)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
