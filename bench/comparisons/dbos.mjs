// An order as a DBOS workflow of four steps. Needs PORT, DATABASE_URL, PROVIDERS_URL and SMTP_URL.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { authorizePayment, requestShipment, reserveStock, sendEmail } from "../../dist/bench/order-effects.js";
import { need, whenStopped, serveOrders } from "./front.mjs";

need("PROVIDERS_URL");
need("SMTP_URL");
const retried = { retriesAllowed: true, maxAttempts: 10 };

const carryOut = DBOS.registerWorkflow(
  async (order) => {
    for (const [name, effect] of Object.entries({ reserveStock, authorizePayment, requestShipment, sendEmail })) {
      await DBOS.runStep(() => effect(order), { name, ...retried });
    }
  },
  { name: "order" },
);

// Its own logger would write a line about each start.
const silent = () => {};
const logger = { debug: silent, info: silent, warn: console.error, error: console.error };

DBOS.setConfig({ name: "orders", systemDatabaseUrl: need("DATABASE_URL"), logger });
await DBOS.launch();

// With an id that is in use, DBOS returns the existing workflow and starts none.
const server = await serveOrders(Number(need("PORT")), (key, order) =>
  DBOS.startWorkflow(carryOut, { workflowID: key })(order),
);

whenStopped(async () => {
  server.close();
  server.closeAllConnections();
  await DBOS.shutdown();
});
