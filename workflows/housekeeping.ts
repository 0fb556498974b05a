import { TemporalRuntime } from "./temporal-runtime.js";

/** Compares database, provider and runs once; started by the schedule `reconcile`. */
export async function reconcile(): Promise<{ findings: number }> {
  return new TemporalRuntime().execute("reconcile");
}

/** Purges orders past their retention; started by the schedule `purge`. */
export async function purge(): Promise<{ purged: number }> {
  return new TemporalRuntime().execute("purge");
}
