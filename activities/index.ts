import type { Database } from "../src/database/database.js";
import type { Runs } from "../src/domain/runs.js";
import type { EmailGateway } from "../src/providers/email/email-gateway.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { createEmailActivities } from "./email-activities.js";
import { EmailsInHand } from "./emails-in-hand.js";
import { createHousekeepingActivities } from "./housekeeping-activities.js";
import { createOrderActivities } from "./order-activities.js";
import { createPaymentActivities } from "./payment-activities.js";
import { createReconcileActivities } from "./reconcile-activities.js";
import { createRefundActivities } from "./refund-activities.js";
import { createShipmentActivities } from "./shipment-activities.js";
import { createStockActivities } from "./stock-activities.js";

export interface ActivityDeps {
  database: Database;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  email: EmailGateway;
  runs: Runs;
  emailDomain: string;
  returnUrl: string;
  /** Days an order is kept after it closed; null keeps it forever. */
  retentionDays: number | null;
}

export function createActivities(deps: ActivityDeps) {
  const shared = { ...deps, emailsInHand: new EmailsInHand(), runState: deps.runs.ofOrder };
  return {
    ...createStockActivities(shared),
    ...createPaymentActivities(shared),
    ...createShipmentActivities(shared),
    ...createEmailActivities(shared),
    ...createRefundActivities(shared),
    ...createOrderActivities(shared),
    ...createReconcileActivities(shared),
    ...createHousekeepingActivities(shared),
  };
}

export type Activities = ReturnType<typeof createActivities>;
