import type { Database } from "../src/database/database.js";
import { knownOrders } from "../src/database/queries/audited-orders.js";
import { type Finding, warehouses } from "../src/database/queries/reconciliation-records.js";
import type { Runs } from "../src/domain/runs.js";
import { isOrderId, orderWorkflowId, shipmentId } from "../src/idempotency/derived-ids.js";
import type { ListedPayment } from "../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";

const BATCH = 200;
/** Runs of one comparison, the newest. */
const RUNS = 8_000;
/** Orders of one comparison whose shipments are asked about. */
const SHIPMENTS_OF = 1_000;
const TIMEOUT_MS = 5_000;

/**
 * Finds what providers and Temporal have of orders that are not in the order database, because it was restored from a dump
 * that is older. The warehouse lists nothing; but a shipment's id derives from its order and warehouse.
 */
export function createLostOrderSearch({ database, warehouse, runs }: Deps) {
  const { db } = database;

  const runsWithoutOrder = async (from: Date): Promise<string[]> => {
    const started: string[] = [];
    for await (const orderId of runs.ordersSince(from)) if (started.push(orderId) >= RUNS) break;
    const lost: string[] = [];
    for (let at = 0; at < started.length; at += BATCH) {
      const batch = started.slice(at, at + BATCH);
      const known = await knownOrders(db, batch);
      lost.push(...batch.filter((id) => !known.has(id)));
    }
    return lost;
  };

  /** As far as the warehouse answers; the next comparison asks again. */
  const shipmentsOf = async (orderIds: readonly string[]): Promise<{ orderId: string; id: string }[]> => {
    const found: { orderId: string; id: string }[] = [];
    const places = orderIds.length > 0 ? await warehouses(db) : [];
    try {
      for (const orderId of orderIds)
        for (const place of places) {
          const id = shipmentId(orderId, place);
          if (await warehouse.retrieve(id, TIMEOUT_MS)) found.push({ orderId, id });
        }
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
    return found;
  };

  return async function findLostOrders(payments: readonly ListedPayment[], from: Date): Promise<Finding[]> {
    const atStake = new Map(payments.map((payment) => [payment.orderId ?? "", stakeOf(payment)]));
    const findings: Finding[] = payments.map((payment) => ({
      ...aboutOrder(payment.orderId, stakeOf(payment)),
      kind: "payment_without_order",
      detail: payment.reference,
    }));
    const ofRuns = await runsWithoutOrder(from);
    for (const id of ofRuns)
      findings.push({ ...aboutOrder(id, atStake.get(id)), kind: "run_without_order", detail: orderWorkflowId(id) });
    const lost = [...new Set([...atStake.keys(), ...ofRuns])].filter(isOrderId).slice(0, SHIPMENTS_OF);
    for (const { orderId, id } of await shipmentsOf(lost))
      findings.push({ ...aboutOrder(orderId, atStake.get(orderId)), kind: "shipment_without_order", detail: id });
    return findings;
  };
}

interface Deps {
  database: Database;
  warehouse: WarehouseGateway;
  runs: Runs;
}

type Stake = Finding["atStake"];

function stakeOf({ tenantTag, capturable, received, refunded, currency }: ListedPayment): Stake {
  return tenantTag === null ? undefined : { amount: capturable + received - refunded, currency, tenantTag };
}

/** The order's id is shown to its tenant alone; whose it is, only the payment says. */
function aboutOrder(orderId: string | null, atStake: Stake): Pick<Finding, "orderId" | "atStake"> {
  return atStake ? { orderId, atStake } : { orderId: null };
}
