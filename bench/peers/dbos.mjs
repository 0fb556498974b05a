// An order as a DBOS workflow of four steps. Needs PORT, DATABASE_URL, WORLD_URL and SMTP_URL.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { charge, mail, reserve, ship } from "../../dist/bench/order-effects.js";
import { need, whenStopped, serveOrders } from "./front.mjs";

need("WORLD_URL");
need("SMTP_URL");
const retried = { retriesAllowed: true, maxAttempts: 10 };

const carryOut = DBOS.registerWorkflow(
  async (order) => {
    for (const [name, effect] of Object.entries({ reserve, charge, ship, mail })) {
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

// With an id that is taken, DBOS hands back the workflow there is and starts none.
const server = await serveOrders(Number(need("PORT")), (key, order) =>
  DBOS.startWorkflow(carryOut, { workflowID: key })(order),
);

whenStopped(async () => {
  server.close();
  server.closeAllConnections();
  await DBOS.shutdown();
});
