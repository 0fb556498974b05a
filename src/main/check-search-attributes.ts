import type { Client, Connection } from "@temporalio/client";
import type { Logger } from "./logging.js";

const KEYWORD = 2;
const BOOL = 5;
const NEEDED = { OrderStatus: KEYWORD, NeedsAttention: BOOL } as const;

/** Makes sure that runs can carry their search attributes; exits with status 2 and the remedy where they cannot. */
export async function checkSearchAttributes(client: Client, logger: Logger): Promise<void> {
  const { operatorService } = client.connection as Connection;
  const { namespace } = client.options;
  const listMissing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return Object.entries(NEEDED).filter(([name]) => !(name in (customAttributes ?? {})));
  };
  let missing: Awaited<ReturnType<typeof listMissing>>;
  try {
    missing = await listMissing();
  } catch (error) {
    // Temporal Cloud keeps this behind its own console: whether they exist shows with the first run.
    logger.warn({ err: error, needed: Object.keys(NEEDED) }, "search attributes cannot be listed from here");
    return;
  }
  if (missing.length === 0) return;
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
    logger.info({ names: missing.map(([name]) => name) }, "search attributes registered");
  } catch (error) {
    // Of two workers that start at once, one finds them registered.
    if ((await listMissing()).length === 0) return;
    logger.fatal({ err: error }, "search attributes are missing and may not be registered from here");
    process.stderr.write(
      `The namespace ${namespace} lacks search attributes. Register them and start again:\n` +
        `  temporal operator search-attribute create --namespace ${namespace} --name OrderStatus --type Keyword --name NeedsAttention --type Bool\n`,
    );
    process.exit(2);
  }
}
