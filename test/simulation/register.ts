import { register } from "node:module";

/** From here on the modules that reach PostgreSQL and the SDK's activity context are those of in-memory-modules.ts. */
export function replaceModules(): void {
  register("./replace-modules.js", import.meta.url);
}
