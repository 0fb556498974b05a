import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const workflowsPath = fileURLToPath(new URL("../../workflows/index.js", import.meta.url));
const bundlePath = fileURLToPath(new URL("../../workflow-bundle.js", import.meta.url));

const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("WARN") });
// The SDK keeps a stack for every promise of a run, for a query that Idem does not use; that is up to a fifth of a worker's
// time. A run's own errors keep their messages and lose their frames. In workflow code the SDK has frozen Error already.
await writeFile(bundlePath, `Error.stackTraceLimit = 0;${code}`);
