import { Agent, request } from "node:http";
import { openLoop } from "../load/open-loop.js";
import { type Attack, ATTACKS, type Target } from "./attacks.js";

/** What an attack reached. */
export interface Reached {
  perSecond: number;
  /** Of its requests, by their share. */
  statuses: Record<string, number>;
}

export interface Orders {
  attack: string;
  base: string;
  target: Target;
  perSecond: number;
  seconds: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 5_000 });

/** The attacker, as a process of its own: it sends what it is told by its parent, and answers what it reached. */
process.on("message", (orders: Orders) => {
  void attack(orders).then((reached) => process.send?.(reached, () => process.exit(0)));
});

async function attack({ attack: name, base, target, perSecond, seconds }: Orders): Promise<Reached> {
  const next = ATTACKS[name];
  if (!next) throw new Error(`there is no attack ${name}`);
  const counts = new Map<string, number>();
  const began = performance.now();
  let answered = 0;
  await openLoop(perSecond, seconds, async () => {
    const status = await send(base, target, next(target));
    counts.set(status, (counts.get(status) ?? 0) + 1);
    answered++;
  });
  const reached = answered / ((performance.now() - began) / 1000);
  const shares = [...counts].map(([status, count]) => [status, count / answered] as const);
  return { perSecond: reached, statuses: Object.fromEntries(shares) };
}

/** The status of the answer; `waits` for a request that has none after a moment, and stays open. */
function send(base: string, { bearer }: Target, one: Attack): Promise<string> {
  return new Promise((resolve) => {
    const length = one.body ? { "Content-Length": one.body.length } : {};
    const headers = { Authorization: `Bearer ${bearer}`, ...one.headers, ...length };
    const sent = request(`${base}${one.path}`, { agent, method: one.method, headers }, (response) => {
      response.resume();
      const status = String(response.statusCode);
      if (one.staysOpen) resolve(status);
      else response.on("end", () => resolve(status)).on("error", () => resolve("error"));
    });
    if (one.staysOpen) setTimeout(() => resolve("waits"), 200).unref();
    sent.on("error", () => resolve("error"));
    sent.end(one.body);
  });
}
