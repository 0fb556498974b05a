import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const PACKAGES = ["podman", "runc", "netavark", "aardvark-dns", "iptables", "debootstrap"];
/** podman's own programs are not on PATH. */
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/lib/podman"];

/** Throws with the remedy when this machine cannot run containers. */
export function requirePrograms(): void {
  if (process.getuid?.() !== 0) throw new Error("run this as root: debootstrap and podman's networks need it");
  const missing = [...PACKAGES, "go"].filter((name) => !FOLDERS.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  const install = `apt-get install --no-install-recommends ${PACKAGES.join(" ")}`;
  throw new Error(`${missing.join(", ")} not found: Debian's packages are installed by \`${install}\`, Go by hand`);
}
