import type { ResolveHook } from "node:module";

const IN_MEMORY = new URL("./in-memory-modules.js", import.meta.url).href;

const REPLACED =
  /\/(src\/database\/(load-order|save-order|queries\/(store-fact|stock-levels|find-command|find-refund))\.js|@temporalio\/activity\/lib\/index\.js)$/;

/** Resolves what reaches PostgreSQL or the SDK to its counterpart in memory, which itself may import the original. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  return REPLACED.test(resolved.url) && context.parentURL !== IN_MEMORY
    ? { url: IN_MEMORY, format: "module", shortCircuit: true }
    : resolved;
};
