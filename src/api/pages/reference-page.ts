import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const DIST = join(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"), "..");

/** The parts of the rendered reference, served from here so that it needs no other host. */
const ASSETS: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** The keys of a demo, which anyone may know; null where keys are secret. */
export type DemoKeys = Record<"merchantKey" | "operatorKey", string> | null;

/**
 * Requests go to where the page came from, and the page makes an idempotency key when it loads: to execute a request again
 * is to retry it.
 */
const startScript = (keys: DemoKeys) => `
const drawn = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const spec = await (await fetch("/openapi.json")).json();
spec.servers = [{ url: location.origin }];
for (const operation of Object.values(spec.paths).flatMap((path) => Object.values(path)))
  for (const parameter of operation.parameters ?? [])
    if (parameter.name === "Idempotency-Key") parameter.schema.example = drawn;
const ui = SwaggerUIBundle({
  spec,
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  onComplete: () => {
    for (const [scheme, key] of Object.entries(${JSON.stringify(keys ?? {})})) ui.preauthorizeApiKey(scheme, key);
  },
});
`;

/** The reference's tables are wider than a phone: there, their cells stand below each other. */
const NARROW = `
.swagger-ui { overflow-wrap: anywhere }
@media (max-width: 640px) {
  .swagger-ui :is(.parameters, .responses-table) { display: block }
  .swagger-ui :is(.parameters, .responses-table) > :is(thead, tbody),
  .swagger-ui :is(.parameters, .responses-table) > tbody > tr,
  .swagger-ui :is(.parameters, .responses-table) > tbody > tr > td { display: block; width: auto; max-width: none }
  .swagger-ui :is(.parameters, .responses-table) > thead { display: none }
  .swagger-ui .parameters-col_description :is(input, select, textarea) { max-width: 100%; width: 100% }
  .swagger-ui :is(.renderedMarkdown table, .headers, .operation-link pre) { display: block; overflow-x: auto }
}`;

const DEMO_NOTE = "This is a demo: its public keys are filled in, and MUG-1 is in stock. ";

export function referencePage(isDemo: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Idem reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>${NARROW}</style>
</head>
<body style="margin:0">
<p style="max-width:1460px;margin:0 auto;padding:1rem 20px 0;box-sizing:border-box;font:14px/1.5 sans-serif">
${isDemo ? DEMO_NOTE : ""}Every load of this page makes a new idempotency key. Execute a request twice and the second response repeats the first,
with <code>Idempotent-Replayed: true</code>; reload the page, or type another key, for a new action.</p>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script type="module" src="/docs/start.js"></script>
</body>
</html>
`;
}

export interface Asset {
  type: string;
  bytes: string;
}

export async function referenceAsset(name: string, keys: DemoKeys): Promise<Asset | null> {
  if (name === "start.js") return { type: "text/javascript; charset=utf-8", bytes: startScript(keys) };
  const type = ASSETS[name];
  return type === undefined ? null : { type, bytes: await readFile(join(DIST, name), "utf8") };
}
