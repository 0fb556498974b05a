import { readFileSync } from "node:fs";
import { projectFile } from "../api/pages/project-file.js";

const TYPES = {
  "console.css": "text/css; charset=utf-8",
  "console.js": "text/javascript; charset=utf-8",
} as const;
type AssetName = keyof typeof TYPES;

export interface Asset {
  type: string;
  bytes: string;
}

/** Of a build: another one has another address, so that both may be cached for long. */
export function assetPath(name: AssetName, version: string): string {
  return `/console/assets/${name}?v=${encodeURIComponent(version)}`;
}

export function readAsset(name: string): Asset | null {
  if (!Object.hasOwn(TYPES, name)) return null;
  const type = TYPES[name as AssetName];
  return { type, bytes: readFileSync(projectFile("src", "console", "assets", name), "utf8") };
}
