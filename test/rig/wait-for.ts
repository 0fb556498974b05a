import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks until the answer is truthy and gives it; what is thrown meanwhile ends the wait. It asks less often as time goes by, so
 * that tests which wait for much at once do not keep busy what they wait for.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const from = Date.now();
  for (;;) {
    const value = await probe();
    if (value) return value;
    const waitedMs = Date.now() - from;
    if (waitedMs > withinMs)
      throw new Error(`${what} did not come within ${withinMs / 1000} s; last: ${JSON.stringify(value)}`);
    await pause(Math.min(Math.max(60, waitedMs / 10), 500));
  }
}

/** Asserts that something holds now and goes on to hold for a while: the one place where time itself is the condition. */
export async function stays(what: string, probe: () => boolean | Promise<boolean>, forMs = 1_200): Promise<void> {
  const deadline = Date.now() + forMs;
  while (Date.now() < deadline) {
    if (!(await probe())) throw new Error(`${what} did not stay so`);
    await pause(100);
  }
}
