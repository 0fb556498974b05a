import { isDeepStrictEqual } from "node:util";
import { blocksRequests } from "../../src/domain/attention.js";
import type { Change } from "../../src/domain/change.js";
import { parseStep } from "../../src/domain/operation.js";
import { balances, isClosed, openAttentions, type Order } from "../../src/domain/order.js";
import { promisedRefunds } from "../../src/domain/refund.js";
import { isLost, isToCome } from "../../src/domain/shipment.js";
import { canMove } from "../../src/domain/status.js";
import { isRecalled } from "../../src/domain/rules/void.js";
import { TimelineEvent } from "../../src/api/schemas/timeline-events.js";
import type { Rules } from "./rules.js";

/** Units that the changes so far moved, in all. */
export interface StockMoved {
  reserved: number;
  onHand: number;
}

export interface Step {
  before: Order;
  change: Change;
  after: Order;
  stock: StockMoved;
}

type Invariant = (step: Step, rules: Rules) => string | null;

/** Contract 4 and the design's own promises, each as a check after every step; the first that is broken is reported. */
export function violationOf(step: Step, rules: Rules): string | null {
  for (const invariant of INVARIANTS) {
    const violation = invariant(step, rules);
    if (violation !== null) return violation;
  }
  return null;
}

const INVARIANTS: readonly Invariant[] = [
  function everyEventIsAsDocumented({ change }) {
    for (const event of change.events) {
      const shown = { id: 1, at: "2026-11-25T10:00:00.000Z", ...event };
      const read = TimelineEvent.safeParse(shown);
      if (!isDeepStrictEqual(read.data, shown)) return `${JSON.stringify(event)} is not as documented`;
    }
    return null;
  },
  function moneyIsNeverNegative({ after }) {
    const { held, captured, refunded } = balances(after);
    if (held < 0) return `${held} is held`;
    if (captured < 0 || refunded < 0) return "captured or refunded is negative";
    return null;
  },
  function refundsNeverExceedCaptures({ after }) {
    const { captured, refunded } = balances(after);
    const promised = promisedRefunds(after.refunds);
    if (refunded > captured) return `${refunded} was refunded of ${captured} captured`;
    return promised > captured ? `${promised} is promised of ${captured} captured` : null;
  },
  function entriesAreUnique({ after }) {
    const names = after.ledger.map(({ name }) => name);
    return new Set(names).size < names.length ? "a ledger entry was posted twice" : null;
  },
  function aClosedOrderNeverChangesItsStatus({ before, after }) {
    return isClosed(before) && before.status !== after.status ? `${before.status} became ${after.status}` : null;
  },
  function stockFollowsTheShipments({ after, stock }) {
    if (after.purgedAt !== null) return null;
    const units = (of: Order["shipments"]) =>
      of.reduce((sum, { lines }) => sum + lines.reduce((all, { quantity }) => all + quantity, 0), 0);
    const reserved = units(after.shipments.filter(isToCome));
    const shipped = units(after.shipments.filter(({ shippedAt }) => shippedAt !== null));
    if (stock.reserved !== reserved) return `${stock.reserved} units are reserved, the shipments need ${reserved}`;
    return stock.onHand === -shipped ? null : `${-stock.onHand} units left the shelf, ${shipped} were shipped`;
  },
  function anOpenOrderHasANextStep({ after }, rules) {
    const next = rules.nextStepOf(after);
    if (isClosed(after)) return next === null || typeof next === "string" ? null : "a closed order waits";
    if (next === null) return `an order that is ${after.status} waits for nothing`;
    const unstarted = rules.unstartedStep(after);
    return unstarted === null || rules.dueSteps(after).includes(unstarted) ? null : `${unstarted} is not due`;
  },
  function noCancelIsAcceptedOnceAShipmentLeft({ before, change }) {
    const isCancelled = change.events.some(({ type }) => type === "cancel.requested");
    const left = before.facts.some(
      (fact) =>
        fact.about === "shipment" &&
        fact.shipment.status === "shipped" &&
        before.shipments.some((shipment) => shipment.id === fact.shipment.id && isToCome(shipment)),
    );
    return isCancelled && left ? "a cancel was accepted although a shipped report is stored" : null;
  },
  function theAddressIsFixedOnceAWarehouseMayHaveIt({ before, change }) {
    const { request } = change.row;
    if (!request || isDeepStrictEqual(request.shipTo, before.request?.shipTo)) return null;
    const asked = before.operations.find(
      ({ name, outcome }) => parseStep(name).kind === "request" && outcome?.result !== "refused",
    );
    return asked ? `the address was changed after ${asked.name}` : null;
  },
  function aClosedOrderHoldsNothing({ after }, rules) {
    if (!isClosed(after) || balances(after).held === 0) return null;
    const isSeenTo =
      rules.dueSteps(after).includes("voidPayment") ||
      after.operations.some(({ name, outcome }) => parseStep(name).kind === "void" && outcome?.result === "skipped") ||
      openAttentions(after).some(({ step }) => parseStep(step).kind === "void");
    return isSeenTo ? null : `${after.status}, and ${balances(after).held} is still held`;
  },
  function aClosedOrderWaitsForNoCustomer({ after }) {
    const { status, reference } = after.payment;
    const isLeft = after.operations.some(({ name, outcome }) => name === "void" && outcome?.result === "skipped");
    return isClosed(after) && status === "pending" && reference !== null && !isLeft
      ? `${after.status}, and the customer may still pay`
      : null;
  },
  function anAbortedOrderEndsWithoutMoney({ after }) {
    if (after.status !== "cancelled" && after.status !== "rejected") return null;
    const { captured } = balances(after);
    const promised = promisedRefunds(after.refunds);
    const refundFailed = after.refunds.some(({ status }) => status === "failed");
    return captured > promised && !refundFailed
      ? `${after.status}, and ${captured - promised} of captured money is kept`
      : null;
  },
  function anAbortedOrderShipsNothing({ after }) {
    if (after.status !== "cancelled" && after.status !== "rejected") return null;
    const going = after.shipments.filter(
      (shipment) => isToCome(shipment) || shipment.status === "shipped" || shipment.status === "delivered",
    );
    return going.length > 0 ? `${after.status}, and a shipment is ${going[0]?.status}` : null;
  },
  function whatIsKeptIsWhatWasDelivered({ after }) {
    if (after.status !== "completed") return null;
    if (after.operations.some(({ outcome }) => outcome?.result === "skipped" || outcome?.result === "waived"))
      return null;
    const { captured } = balances(after);
    const automatic = promisedRefunds(after.refunds.filter((refund) => refund.automatic));
    const refundFailed = after.refunds.some((refund) => refund.automatic && refund.status === "failed");
    const worth = after.shipments
      .filter(({ status, shippedAt }) => shippedAt !== null && status !== "failed")
      .reduce((sum, { share }) => sum + share, 0);
    const kept = captured - automatic;
    const merchantRefunded = promisedRefunds(after.refunds.filter((refund) => !refund.automatic));
    if (kept === worth || refundFailed || (kept > worth && kept - merchantRefunded <= worth)) return null;
    return `completed, ${kept} is kept for shipments worth ${worth}`;
  },
  function nothingIsKeptForWhatIsLost({ after }) {
    const worth = after.shipments.filter((shipment) => !isLost(shipment)).reduce((sum, { share }) => sum + share, 0);
    const left = after.refunds
      .filter(({ id, automatic, status }) => status === "failed" && (automatic || isGivenUpUnknown(after, id)))
      .reduce((sum, { amount }) => sum + amount, 0);
    const kept = balances(after).captured - promisedRefunds(after.refunds);
    return kept > worth + left ? `${kept} is kept for shipments worth ${worth}` : null;
  },
  function nothingNewIsRequestedInAttention({ before, change, after }) {
    const stillOpen = openAttentions(after).filter(({ id }) => openAttentions(before).some((known) => known.id === id));
    if (!stillOpen.some(blocksRequests)) return null;
    const begun = change.operations.find(
      ({ name, firstAttemptAt }) =>
        firstAttemptAt !== null &&
        ["request", "authorize"].includes(parseStep(name).kind) &&
        !before.operations.some((known) => known.name === name),
    );
    return begun ? `${begun.name} began although an operator is needed` : null;
  },
  function moneyIsReleasedOnlyWhenNothingShips({ before, change }) {
    const released = change.entries.find(({ name, to }) => to === "customer" && parseStep(name).kind === "void");
    if (!released || isClosed(before)) return null;
    const begunEarlier = before.operations.some(({ name, outcome }) => name === "void" && outcome === null);
    return isRecalled(before) || begunEarlier || !before.shipments.some(isToCome)
      ? null
      : `${released.amount} was released while a shipment may still leave`;
  },
  function whatIsRefusedNeedsAnOperator({ after }) {
    if (after.purgedAt !== null) return null;
    const orphan = after.operations.find(
      ({ name, outcome }) =>
        (outcome?.result === "mismatch" || (outcome?.result === "refused" && name !== "authorize")) &&
        !after.attentions.some(({ step }) => step === name),
    );
    return orphan ? `${orphan.name} was refused and no attention was raised` : null;
  },
  function aRefundIsNeverForgotten({ after }, rules) {
    const lost = after.refunds.find(
      ({ id, status, pending }) =>
        (status === "accepted" && !pending && !rules.isRefundDue(after, id)) ||
        (status === "needs_attention" && !openAttentions(after).some(({ step }) => step === `refund/${id}`)),
    );
    return lost ? `the refund ${lost.id} is ${lost.status} and waits for nothing` : null;
  },
];

/** An operator gave the refund up before it was known whether the provider made it. */
function isGivenUpUnknown(order: Order, refundId: string): boolean {
  return order.operations.some(({ name, outcome }) => name === `refund/${refundId}` && outcome?.result === "skipped");
}

/** A single fact moves along the table of the contract; commands that apply stored facts first may move twice. */
export function illegalMove({ before, after, change }: Step): string | null {
  if (before.status === after.status || change.applied.length > 1) return null;
  const isLegal = canMove(before.status, after.status);
  return isLegal || change.applied.length > 0 ? null : `${before.status} became ${after.status}`;
}
