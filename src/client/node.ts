import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActionStore } from "./action-store.js";

/** Keeps each action in a file of a folder, for programs in Node without a database. It survives a crash. */
export function fileStore(folder: string): ActionStore {
  const pathOf = (name: string) => join(folder, encodeURIComponent(name));
  return {
    async add(name, text) {
      await mkdir(folder, { recursive: true });
      const [path, written] = [pathOf(name), join(folder, `${randomUUID()}.part`)];
      await writeFile(written, text, { flush: true, mode: 0o600 });
      try {
        // A link appears whole and only where nothing is, whoever else writes.
        await link(written, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      } finally {
        await rm(written);
      }
      return readFile(path, "utf8");
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}
