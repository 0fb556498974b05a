import { setTimeout as sleep } from "node:timers/promises";

/** A part of a process that can be stopped. */
export interface Part {
  name: string;
  stop(): Promise<void> | void;
}

// Contract: every process ends within 15 s of SIGTERM; the rest is for the exit itself.
const STOP_WITHIN_MS = 13_000;

/**
 * Resolves with the reason once this process is asked to end. Under `npm start` the supervisor alone decides: a
 * Ctrl-C reaches the whole group at once and would undo the order, and a supervisor that died takes its processes along.
 */
export function stopRequested(): Promise<string> {
  const supervised = process.send !== undefined;
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", supervised ? () => {} : resolve);
    process.on("SIGHUP", supervised ? () => {} : resolve);
    if (supervised) process.on("disconnect", () => resolve("the supervisor is gone"));
  });
}

/** Stops the parts one after the other. A part that fails or does not end in time is reported and left behind. */
export async function stopInOrder(parts: Part[], report: (problem: string) => void): Promise<void> {
  const deadline = Date.now() + STOP_WITHIN_MS;
  for (const part of parts) {
    try {
      const late = sleep(Math.max(0, deadline - Date.now()), "late" as const, { ref: false });
      if ((await Promise.race([part.stop(), late])) === "late") report(`${part.name} did not stop in time`);
    } catch (error) {
      report(`${part.name} did not stop cleanly: ${(error as Error).message}`);
    }
  }
}
