import { DEMO_KEYS } from "../src/config/demo-keys.js";

const DEMO_STOCK = { "MUG-1": 1_000_000, "TEE-1": 1_000_000, "LAST-1": 1, "GONE-1": 0 };

/** Fills the shelves of the demo tenants through the front door; what is known already stays as people left it. */
export async function putDemoStock(base: string): Promise<void> {
  for (const { key } of DEMO_KEYS.filter((entry) => entry.role === "merchant")) {
    for (const [sku, onHand] of Object.entries(DEMO_STOCK)) await seedStock(`${base}/v1/stock/${sku}`, key, onHand);
  }
}

async function seedStock(url: string, key: string, onHand: number): Promise<void> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const known = await fetch(url, { headers });
  if (known.ok) return;
  const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ onHand }) });
  if (!answer.ok) throw new Error(`PUT ${url} answered ${answer.status}`);
}
