import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { addressOf } from "../api/middleware/authenticate.js";
import { ProblemError } from "../domain/problem-error.js";
import { type Role, ROLES } from "../domain/role.js";
import { ConsoleApi, type Keys } from "./console-api.js";
import type { ConsoleDeps } from "./console-deps.js";

/** Who uses the console: one tenant's keys, at most one of each role. */
export interface Session {
  tenant: string;
  roles: readonly Role[];
  api: ConsoleApi;
}

/** Read by the server alone and sent with no request that another site began. */
const COOKIE = { path: "/console", httpOnly: true, sameSite: "Strict", maxAge: 12 * 60 * 60 } as const;
const nameOf = (role: Role) => `idem_${role}`;

/**
 * The session that the cookies name, its keys judged again; null without one whose key still counts. It lives in the cookies
 * alone, so that it outlasts a restart. Throws a ProblemError that is no refusal of a key.
 */
export async function openSession(c: Context, deps: ConsoleDeps): Promise<Session | null> {
  const keys: Keys = {};
  let tenant: string | null = null;
  for (const role of ROLES) {
    const key = getCookie(c, nameOf(role));
    if (key === undefined) continue;
    const credential = await deps.checkCredential(key, addressOf(c)).catch(nullIfUnauthorized);
    if (!credential || credential.role !== role || (tenant !== null && tenant !== credential.tenant)) {
      deleteCookie(c, nameOf(role), COOKIE);
      continue;
    }
    ({ tenant } = credential);
    keys[role] = key;
  }
  if (tenant === null) return null;
  const send = (path: string, init: RequestInit) => deps.ask(path, init, c.env);
  return { tenant, roles: ROLES.filter((role) => keys[role] !== undefined), api: new ConsoleApi(send, keys) };
}

/** Adds a key to the session; one of another tenant replaces it. Throws a ProblemError for a key that does not count. */
export async function addToSession(c: Context, deps: ConsoleDeps, key: string): Promise<void> {
  const { tenant, role } = await deps.checkCredential(key, addressOf(c));
  const before = await openSession(c, deps);
  if (before && before.tenant !== tenant) endSession(c);
  setCookie(c, nameOf(role), key, { ...COOKIE, secure: deps.publicUrl.startsWith("https:") });
}

export function endSession(c: Context): void {
  for (const role of ROLES) deleteCookie(c, nameOf(role), COOKIE);
}

function nullIfUnauthorized(error: unknown): null {
  if (error instanceof ProblemError && error.code === "unauthorized") return null;
  throw error;
}
