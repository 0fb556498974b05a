import { noteUse } from "../database/queries/api-keys.js";
import type { Database } from "../database/database.js";

const EVERY_MS = 60_000;

/** When keys of the order database were last used, written once a minute: a request pays nothing for it. */
export function startKeyUse(
  { session }: Pick<Database, "session">,
  onFailure: (error: unknown) => void,
): { note(hash: Buffer): void; stop(): Promise<void> } {
  const used = new Map<string, Buffer>();
  const write = async () => {
    if (used.size === 0) return;
    const hashes = [...used.values()];
    used.clear();
    await noteUse(session, hashes).catch(onFailure);
  };
  const timer = setInterval(() => void write(), EVERY_MS);
  return {
    note(hash) {
      used.set(hash.toString("base64"), hash);
    },
    stop() {
      clearInterval(timer);
      return write();
    },
  };
}
