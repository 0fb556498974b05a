import type { Database } from "../database/database.js";
import { validKeyHashes } from "../database/queries/api-keys.js";
import { repeat, type Repeated } from "./repeat.js";

const EVERY_MS = 60_000;

/**
 * Hashes of the keys that are valid, read once a minute. A process that has just started knows them before they are sent, so
 * that whoever shares an address with a flood of unknown ones is let in.
 */
export function startKnownKeys(
  { session }: Pick<Database, "session">,
  onFailure: (error: unknown) => void,
): Repeated & { has(hash: Buffer): boolean } {
  let hashes: ReadonlySet<string> = new Set();
  const reading = repeat({
    async round() {
      hashes = new Set((await validKeyHashes(session)).map(nameOf));
      return EVERY_MS;
    },
    pauseMs: 1_000,
    onFailure,
  });
  return { has: (hash) => hashes.has(nameOf(hash)), stop: () => reading.stop() };
}

const nameOf = (hash: Buffer): string => hash.toString("base64");
