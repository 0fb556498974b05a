import type { Problem } from "../client/index.js";
import type { Role } from "../domain/role.js";
import type { Needed } from "./console-deps.js";

/** The API refused a request of the console's. */
export class ApiRefusal extends Error {
  override readonly name: string = "ApiRefusal";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
}

export type Keys = Partial<Record<Role, string>>;
type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Who may read what a role may: `support` reads everything of its tenant. */
const READERS: Record<Needed, readonly Role[]> = {
  merchant: ["merchant", "support"],
  operator: ["operator", "support"],
  either: ["merchant", "operator", "support"],
};
const ACTORS: Record<Needed, readonly Role[]> = {
  merchant: ["merchant"],
  operator: ["operator"],
  either: ["operator", "merchant"],
};

/** The API as the console's visitor may use it: what the keys of a session do not allow, the console cannot do. */
export class ConsoleApi {
  private readonly send: Send;
  private readonly keys: Keys;

  constructor(send: Send, keys: Keys) {
    this.send = send;
    this.keys = keys;
  }

  mayRead(needed: Needed): boolean {
    return this.keyOf(READERS[needed]) !== null;
  }

  mayAct(needed: Needed): boolean {
    return this.keyOf(ACTORS[needed]) !== null;
  }

  /** Throws ApiRefusal. */
  async get<T>(path: string, needed: Needed = "either"): Promise<T> {
    return (await this.read(path, needed)).json() as Promise<T>;
  }

  /** Like `get`; null for what there is not. */
  async find<T>(path: string, needed: Needed = "either"): Promise<T | null> {
    return this.get<T>(path, needed).catch((error: unknown) => {
      if (error instanceof ApiRefusal && error.problem.status === 404) return null;
      throw error;
    });
  }

  /** The answer itself, for what is passed on as it comes. */
  read(path: string, needed: Needed = "either", init: RequestInit = {}): Promise<Response> {
    return this.ask(this.keyFor(READERS[needed]), path, init);
  }

  /** A keyed request; what it answers, null for nothing. Throws ApiRefusal. */
  async post<T>(needed: Needed, path: string, body: object, key: string): Promise<T> {
    return this.write<T>(needed, "POST", path, body, { "Idempotency-Key": key });
  }

  async put<T>(needed: Needed, path: string, body: object): Promise<T> {
    return this.write<T>(needed, "PUT", path, body);
  }

  async delete(needed: Needed, path: string): Promise<void> {
    await this.ask(this.keyFor(ACTORS[needed]), path, { method: "DELETE" });
  }

  /** Like `post`, with the answer itself, whatever it says. */
  submit(needed: Needed, path: string, body: object, key: string): Promise<Response> {
    return this.send(path, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${this.keyFor(ACTORS[needed])}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
      },
      body: JSON.stringify(body),
    });
  }

  private async write<T>(needed: Needed, method: string, path: string, body: object, headers = {}): Promise<T> {
    const answer = await this.ask(this.keyFor(ACTORS[needed]), path, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return (answer.status === 204 ? null : await answer.json()) as T;
  }

  private async ask(key: string, path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${key}`);
    const answer = await this.send(path, { ...init, headers });
    if (!answer.ok) throw new ApiRefusal((await answer.json()) as Problem);
    return answer;
  }

  /** Without a fitting key the API is asked with any, so that the refusal is its own. */
  private keyFor(roles: readonly Role[]): string {
    return this.keyOf(roles) ?? Object.values(this.keys)[0] ?? "";
  }

  private keyOf(roles: readonly Role[]): string | null {
    const role = roles.find((one) => this.keys[one] !== undefined);
    return role === undefined ? null : (this.keys[role] ?? null);
  }
}
