const SEARCH_ATTRIBUTES = { OrderStatus: "Keyword", NeedsAttention: "Bool" };

// FULL costs a tenth of the starts per second that NORMAL allows, and keeps what was acknowledged over a power cut.
const PRAGMAS = { journal_mode: "WAL", synchronous: "FULL" };

/** The dev server is set up for one lonely run. What these change was measured: docs/decisions/0001. */
export const DYNAMIC_CONFIG = {
  // With several partitions and few pollers a first task waits up to two seconds for its match.
  "matching.numTaskqueueReadPartitions": 1,
  "matching.numTaskqueueWritePartitions": 1,
  // The default of 20 for the single shard makes every hop take 50 ms.
  "history.transferProcessorMaxPollRPS": 2_000,
  "history.transferProcessorMaxPollHostRPS": 20_000,
  "system.enableActivityEagerExecution": true,
  "system.enableEagerWorkflowStart": true,
  // The CLI turns this on, for attributes that are added while it runs: eight reads of the database per order.
  "system.forceSearchAttributesCacheRefreshOnRead": false,
  // A laptop needs no protection from itself.
  "frontend.rps": 20_000,
  "frontend.namespaceRPS": 20_000,
  "frontend.namespaceRPS.visibility": 1_000,
  "frontend.namespaceCount": 20_000,
  "matching.rps": 20_000,
  "history.rps": 20_000,
};

export interface TemporalPlace {
  databaseFile: string;
  port: number;
  uiPort: number;
}

export function temporalArguments({ databaseFile, port, uiPort }: TemporalPlace): string[] {
  return [
    ...["server", "start-dev", "--ip", "127.0.0.1", "--port", String(port), "--ui-port", String(uiPort)],
    ...["--db-filename", databaseFile, "--log-level", "warn", "--color", "never"],
    ...pairs("--search-attribute", SEARCH_ATTRIBUTES),
    ...pairs("--sqlite-pragma", PRAGMAS),
    ...pairs("--dynamic-config-value", DYNAMIC_CONFIG),
  ];
}

function pairs(flag: string, values: Record<string, string | number | boolean>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}
