import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const DIST = join(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"), "..");

/** The parts of the rendered reference, served from here so that it needs no other host. */
const ASSETS: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

const START = `window.ui = SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0 });`;

export function referencePage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Idem reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body style="margin:0">
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}

export interface Asset {
  type: string;
  bytes: string;
}

export async function referenceAsset(name: string): Promise<Asset | null> {
  if (name === "start.js") return { type: "text/javascript; charset=utf-8", bytes: START };
  const type = ASSETS[name];
  return type === undefined ? null : { type, bytes: await readFile(join(DIST, name), "utf8") };
}
