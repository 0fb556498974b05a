import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { TestWorkflowEnvironment } from "@temporalio/testing";

// A process of its own: started with the folder to download to, it ends with status 0 when `temporal` lies there.
const folder = process.argv[2] ?? ".";
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: "cached-download", downloadDir: folder } },
});
await environment.teardown();
const [downloaded = "temporal"] = readdirSync(folder).filter((name) => name.startsWith("temporal"));
renameSync(join(folder, downloaded), join(folder, "temporal"));
