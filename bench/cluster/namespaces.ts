import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";

const KEYWORD = 2;
const BOOL = 5;
const KNOWN_WITHIN_MS = 60_000;

/** Creates namespaces with the search attributes of Idem's runs, and waits until every service knows them. */
export async function createNamespaces(address: string, namespaces: readonly string[]): Promise<void> {
  const connection = await Connection.connect({ address });
  const workflowExecutionRetentionPeriod = msToTs("1 day");
  for (const namespace of namespaces) {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  }
  for (const namespace of namespaces) await addSearchAttributes(connection, namespace);
  await connection.close();
}

async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  for (;;) {
    try {
      const searchAttributes = { OrderStatus: KEYWORD, NeedsAttention: BOOL };
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
      return;
    } catch (error) {
      if (/already exists/.test(String(error))) return;
      if (Date.now() > deadline) throw error;
      await pause(100); // the namespace is not known to every service yet
    }
  }
}
