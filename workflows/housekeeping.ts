import { Effects } from "./effects.js";

/** Compares book, provider and runs once; started by the schedule `reconcile`. */
export async function reconcile(): Promise<{ findings: number }> {
  return new Effects().effect("reconcile");
}

/** Purges what its retention time let go; started by the schedule `purge`. */
export async function purge(): Promise<{ purged: number }> {
  return new Effects().effect("purge");
}
