import type { Database } from "../src/database/database.js";
import { knownOrders } from "../src/database/queries/audited-orders.js";
import { type Finding, warehouses } from "../src/database/queries/reconciliation-records.js";
import type { Runs } from "../src/domain/runs.js";
import { isOrderId, orderWorkflowId, shipmentId } from "../src/idempotency/derived-ids.js";
import type { ListedPayment } from "../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { concurrently } from "./concurrently.js";

const BATCH = 200;
/** Runs of one comparison, the newest. */
const RUNS = 8_000;
/** Orders of one comparison whose shipments are asked about, how many at once, and for how long. */
const SHIPMENTS_OF = 1_000;
const AT_ONCE = 8;
const ASK_WITHIN_MS = 60_000;
const TIMEOUT_MS = 5_000;

/**
 * Finds what providers and Temporal have of orders that are not in the order database, because it was restored from a dump
 * that is older. The warehouse lists nothing; but a shipment's id derives from its order and warehouse.
 */
export function createLostOrderSearch({ database, warehouse, runs }: Deps) {
  const { db } = database;

  const runsWithoutOrder = async (from: Date): Promise<{ lost: string[]; complete: boolean }> => {
    const started: string[] = [];
    for await (const orderId of runs.ordersSince(from)) if (started.push(orderId) >= RUNS) break;
    const lost: string[] = [];
    for (let at = 0; at < started.length; at += BATCH) {
      const batch = started.slice(at, at + BATCH);
      const known = await knownOrders(db, batch);
      lost.push(...batch.filter((id) => !known.has(id)));
    }
    return { lost, complete: started.length < RUNS };
  };

  /** As far as the warehouse answers in time; the next comparison asks again. */
  const shipmentsOf = async (
    orderIds: readonly string[],
  ): Promise<{ shipments: { orderId: string; id: string }[]; complete: boolean }> => {
    const endsAt = Date.now() + ASK_WITHIN_MS;
    const places = orderIds.length > 0 ? await warehouses(db) : [];
    const possible = orderIds.flatMap((orderId) =>
      places.map((place) => ({ orderId, id: shipmentId(orderId, place) })),
    );
    const shipments: typeof possible = [];
    let complete = true;
    try {
      await concurrently(AT_ONCE, possible, async (one) => {
        if (Date.now() > endsAt) complete = false;
        else if (await warehouse.retrieve(one.id, TIMEOUT_MS)) shipments.push(one);
      });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      complete = false;
    }
    return { shipments, complete };
  };

  return async function findLostOrders(
    payments: readonly ListedPayment[],
    from: Date,
  ): Promise<{ findings: Finding[]; complete: boolean }> {
    const atStake = new Map(payments.map((payment) => [payment.orderId ?? "", stakeOf(payment)]));
    const findings: Finding[] = payments.map((payment) => ({
      ...aboutOrder(payment.orderId, stakeOf(payment)),
      kind: "payment_without_order",
      detail: payment.reference,
    }));
    const ofRuns = await runsWithoutOrder(from);
    for (const id of ofRuns.lost)
      findings.push({ ...aboutOrder(id, atStake.get(id)), kind: "run_without_order", detail: orderWorkflowId(id) });
    const lost = [...new Set([...atStake.keys(), ...ofRuns.lost])].filter(isOrderId);
    const { shipments, complete } = await shipmentsOf(lost.slice(0, SHIPMENTS_OF));
    for (const { orderId, id } of shipments)
      findings.push({ ...aboutOrder(orderId, atStake.get(orderId)), kind: "shipment_without_order", detail: id });
    return { findings, complete: complete && ofRuns.complete && lost.length <= SHIPMENTS_OF };
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
