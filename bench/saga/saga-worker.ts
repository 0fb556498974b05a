import { fileURLToPath } from "node:url";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import * as activities from "../order-effects.js";

Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: ["SIGTERM"] });
const connection = await NativeConnection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "" });
const worker = await Worker.create({
  connection,
  taskQueue: "plain-saga",
  workflowsPath: fileURLToPath(new URL("saga-workflow.js", import.meta.url)),
  activities,
});
await worker.run();
await connection.close();
process.exit(0); // the pooled SMTP connections would keep it alive
