import { change, combine, inSequence, UNCHANGED } from "../../src/domain/change.js";
import { operationName } from "../../src/domain/operation.js";
import { balances, findRefund, isAborting, isActive, openAttentions, type Order } from "../../src/domain/order.js";
import type { DueStep } from "../../src/domain/rules/next-step.js";
import { decide } from "../../src/domain/rules/operate.js";
import { append, moveTo } from "../../src/domain/rules/transition.js";
import { type Rules, RULES } from "./rules.js";

/** A rule that is wrong, and what the exploration has to say of it. */
export interface PlantedFault {
  name: string;
  rules: Partial<Rules>;
  finds: RegExp;
}

const also = (rule: (order: Order) => DueStep[]) => (order: Order) => [
  ...new Set([...RULES.dueSteps(order), ...rule(order)]),
];

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: "an address is changed while the warehouse may have it",
    rules: { canChangeAddress: isActive },
    finds: /the address was changed after request/,
  },
  {
    name: "a cancel is accepted whatever report is stored",
    rules: { refuseCancel: (order) => RULES.refuseCancel({ ...order, facts: [] }) },
    finds: /a cancel was accepted although a shipped report is stored/,
  },
  {
    name: "a capture whose answer comes twice is posted twice",
    rules: {
      recordCapture: (order, shipmentId, payment, now) => {
        const once = RULES.recordCapture(order, shipmentId, payment, now);
        const again = append("payment.captured", "payment-provider", { shipment: shipmentId });
        return once === UNCHANGED ? again : once;
      },
    },
    finds: /the second time it changed events/,
  },
  {
    name: "a refused capture raises no attention",
    rules: {
      recordCaptureRefusal: (order, shipmentId, reason) =>
        decide(order, operationName.capture(shipmentId), { result: "refused", reason }),
    },
    finds: /was refused and no attention was raised|is kept for shipments worth|waits for nothing/,
  },
  {
    name: "an order completes without its captures",
    rules: {
      dueSteps: also((order) => (isDelivered(order) ? ["completeOrder"] : [])),
      completeOrder: (order, now) => (isDelivered(order) ? moveTo(order, "completed", now) : UNCHANGED),
    },
    finds: /is kept for shipments worth|is still held/,
  },
  {
    name: "money is released before the shipments are recalled",
    rules: {
      dueSteps: also((order) => (isAborting(order) && balances(order).held > 0 ? ["voidPayment"] : [])),
      beginVoid: (order, now) =>
        isAborting(order) && balances(order).held > 0
          ? RULES.begin(order, operationName.void, now)
          : RULES.beginVoid(order, now),
    },
    finds: /was released while a shipment may still leave|is kept for shipments worth/,
  },
  {
    name: "a refund may take what another one was promised",
    rules: { refundable: (order) => balances(order).captured },
    finds: /is promised of \d+ captured|was refunded of/,
  },
  {
    name: "something new is requested while an operator is needed",
    rules: {
      dueSteps: also((order) =>
        isActive(order) && order.status === "confirmed"
          ? order.shipments
              .filter(({ status }) => status === "pending")
              .map(({ id }) => `requestShipment/${id}` as const)
          : [],
      ),
    },
    finds: /began although an operator is needed/,
  },
  {
    name: "a resolution falls to the oldest attention, whichever it was for",
    rules: { attentionToResolve: (order) => openAttentions(order)[0] ?? null },
    finds: /a resolution was bound to another attention/,
  },
  {
    name: "a shipment that fails gives its stock back twice",
    rules: {
      recordShipment: (order, report, now) => {
        const recorded = RULES.recordShipment(order, report, now);
        return report.status === "cancelled" ? combine(recorded, change({ stock: recorded.stock })) : recorded;
      },
    },
    finds: /units are reserved, the shipments need/,
  },
  {
    name: "a customer expires who has still time",
    rules: { expirePayment: (order, now) => RULES.expirePayment(order, now + 60_000) },
    finds: /expirePayment too early: it changed/,
  },
  {
    name: "a refund that fails at the provider is forgotten",
    rules: {
      recordRefundRefusal: (order, refundId, reason) => {
        const refund = findRefund(order, refundId);
        return inSequence(
          order,
          (next) => decide(next, operationName.refund(refundId), { result: "refused", reason }),
          () => (refund ? change({ refunds: [{ ...refund, status: "needs_attention" }] }) : UNCHANGED),
        );
      },
    },
    finds: /waits for nothing|no attention was raised/,
  },
  {
    name: "a run that was ended by hand is taken over as if it had been lost",
    rules: { takeOver: (order, _state, runId, now) => RULES.takeOver(order, "gone", runId, now) },
    finds: /money is held, and a run that was ended by hand goes on/,
  },
  {
    name: "an email that went out is not recorded as sent",
    rules: {
      recordEmail: (order, ref, outcome, now) =>
        outcome.result === "sent"
          ? append("email.sent", "system", { kind: ref.kind })
          : RULES.recordEmail(order, ref, outcome, now),
    },
    finds: /sendEmail: sent: the second time it changed/,
  },
];

function isDelivered(order: Order): boolean {
  return order.status === "shipped" && order.shipments.every(({ status }) => status === "delivered");
}
