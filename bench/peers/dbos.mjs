// An order as a DBOS workflow of four steps. Needs PORT, DATABASE_URL, WORLD_URL and SMTP_URL.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { createEffects } from "./effects.mjs";
import { need, whenStopped, serveOrders } from "./front.mjs";

const effects = createEffects(need("WORLD_URL"), need("SMTP_URL"));
const retried = { retriesAllowed: true, maxAttempts: 10 };

const carryOut = DBOS.registerWorkflow(
  async (order) => {
    for (const name of ["stock", "charge", "ship", "mail"]) {
      await DBOS.runStep(() => effects[name](order), { name, ...retried });
    }
  },
  { name: "order" },
);

// Its own logger would write a line about each start.
const silent = () => {};
const logger = { debug: silent, info: silent, warn: console.error, error: console.error };

DBOS.setConfig({ name: "orders", systemDatabaseUrl: need("DATABASE_URL"), logger });
await DBOS.launch();

// With an id that is taken, DBOS hands back the workflow there is and starts none.
const server = await serveOrders(Number(need("PORT")), (key, order) =>
  DBOS.startWorkflow(carryOut, { workflowID: key })(order),
);

whenStopped(async () => {
  server.close();
  server.closeAllConnections();
  await DBOS.shutdown();
  effects.close();
});
