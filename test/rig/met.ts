import { expect } from "vitest";
import type { TestApp } from "./test-app.js";

/**
 * A scripted fault was met as often as it could be. A call that did its work and whose answer was lost may be reported
 * by the provider's event before it is made again so often.
 */
export async function met({ outside }: TestApp, fault: string, action: string, count: number): Promise<void> {
  const hits = await outside.hits(fault);
  if (action.endsWith("-after")) expect(hits).toBeGreaterThan(0);
  else expect(hits).toBe(count);
}
