import { workflowInfo } from "@temporalio/workflow";
import { EXPIRY_MARGIN_MS } from "../src/domain/policy.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import { hasLeft, isGivenUp, isToCome } from "../src/domain/shipment.js";
import { Compensations } from "./compensation.js";
import type { OrderRun } from "./order-run.js";

/**
 * An order's story, from acceptance to its end. What the book says is done already is not done again, so that a run
 * which takes an order over tells the same story from where it stands.
 */
export async function tellStory(run: OrderRun): Promise<void> {
  const compensations = new Compensations();
  if (!(await reserve(run))) return;
  compensations.add(() => voidPayment(run));
  for (const { id } of run.facts.shipments) compensations.add(() => recall(run, id));
  await authorize(run);
  await waitForBuyer(run);
  await waitForDecision(run);
  await fulfil(run);
  await compensations.run(() => run.givenUp);
  await giveUp(run);
  await fulfil(run); // after a cancel that lost to a shipment
  await complete(run);
}

/** Takes the stock; false where another run serves the order already. */
async function reserve(run: OrderRun): Promise<boolean> {
  const of = { orderId: run.orderId, runId: workflowInfo().firstExecutionRunId };
  for (let first = true; ; first = false) {
    const facts = first && run.way >= 2 ? await advance(run, of) : await run.effect("reserve", of);
    if (!facts) return false;
    run.take(facts);
    if (!run.needsPerson("read")) return true;
    await run.until(() => !run.needsPerson("read") || !run.goesOn);
  }
}

/** Takes the stock and goes on from there as far as the order goes at once; what is left is told step by step. */
async function advance(run: OrderRun, of: { orderId: string; runId: string }): Promise<OrderFacts | null> {
  const advanced = await run.attempt("advance", of);
  if (!advanced) return run.effect("reserve", of);
  run.hadTheirAttempt(advanced.answer.unanswered);
  return advanced.answer.facts;
}

async function authorize(run: OrderRun): Promise<void> {
  // An order that was taken over may have been asked for by the run before it, and nobody knows what came of that.
  const unknown = run.givenUp && run.facts.paymentOpen && !run.facts.voidable;
  if (!unknown && !(run.goesOn && run.is("accepted"))) return;
  const answered = run.effect("authorize", { orderId: run.orderId }).then((facts) => run.take(facts));
  // The provider's event may tell before its answer does; a cancel waits for a known outcome.
  await Promise.race([answered, run.until(() => run.facts.held > 0 || !(run.is("accepted") || run.cancelling))]);
  await run.until(() => !run.needsPerson() || !run.goesOn);
}

async function voidPayment(run: OrderRun): Promise<void> {
  await run.until(() => !run.facts.paymentOpen || run.facts.voidable);
  while (run.facts.voidable) {
    run.take(await run.effect("voidPayment", { orderId: run.orderId }));
    await run.until(() => !run.needsPerson("void"));
  }
}

async function waitForBuyer(run: OrderRun): Promise<void> {
  const { orderId } = run;
  if (!run.goesOn || !run.is("awaiting_payment")) return;
  await run.until(() => !run.goesOn || !run.is("awaiting_payment"), {
    look: () => run.look("trackPayment", { orderId }),
    deadline: run.facts.deadline,
    overdue: () => run.effect("expirePayment", { orderId }),
  });
}

async function waitForDecision(run: OrderRun): Promise<void> {
  const { orderId } = run;
  if (!run.goesOn || !run.is("awaiting_approval")) return;
  const moneyEnds = authorizationGivesUpAt(run) ?? Number.POSITIVE_INFINITY;
  const decisionEnds = run.facts.deadline ?? Number.POSITIVE_INFINITY;
  await run.until(() => !run.goesOn || !run.is("awaiting_approval"), {
    deadline: Math.min(decisionEnds, moneyEnds),
    overdue: () => run.effect(moneyEnds < decisionEnds ? "expireAuthorization" : "expireApproval", { orderId }),
  });
}

async function fulfil(run: OrderRun): Promise<void> {
  if (!run.goesOn) return;
  await Promise.all(run.facts.shipments.map(({ id }) => ship(run, id)));
}

/** One shipment: requested, shipped and paid, delivered. Returns early when the order is given up meanwhile. */
async function ship(run: OrderRun, shipmentId: string): Promise<void> {
  const of = { orderId: run.orderId, shipmentId };
  const status = () => run.shipment(shipmentId).status;
  const over = () => isGivenUp(status());

  while (status() === "pending" && run.goesOn) {
    await run.until(() => !run.needsPerson() || !run.goesOn);
    if (run.goesOn) run.take(await run.effect("requestShipment", of));
  }
  await run.until(() => hasLeft(status()) || over() || !run.goesOn, {
    look: () => run.look("trackShipment", of),
    deadline: authorizationGivesUpAt(run),
    overdue: () => expire(run, shipmentId),
  });
  if (run.facts.voidable && run.goesOn) await voidPayment(run); // no other shipment comes for the rest of the money
  if (!hasLeft(status())) return;

  await capture(run, shipmentId);
  if (run.facts.voidable && run.goesOn) await voidPayment(run);
  await run.until(() => status() === "delivered" || over() || run.givenUp, {
    look: () => run.look("trackShipment", of),
    deadline: run.shipment(shipmentId).deliveryDueAt,
    overdue: () => run.effect("raiseOverdue", of),
  });
}

/**
 * Takes a shipment's money; one at a time, so that what the provider has taken in all tells which captures it made. One
 * that was refused waits for a person and keeps nobody else from being paid for.
 */
async function capture(run: OrderRun, shipmentId: string): Promise<void> {
  while (run.shipment(shipmentId).captureDue) {
    await run.captures.next(async () => run.take(await run.effect("capture", { orderId: run.orderId, shipmentId })));
    await run.until(() => !run.needsPerson(`capture/${shipmentId}`));
  }
}

/** When what has not shipped is given up, since the provider drops the money soon after. */
function authorizationGivesUpAt(run: OrderRun): number | null {
  const { authorizationEndsAt } = run.facts;
  return authorizationEndsAt === null ? null : authorizationEndsAt - EXPIRY_MARGIN_MS;
}

/** The provider is about to drop the money: what has not shipped does not ship. */
async function expire(run: OrderRun, shipmentId: string): Promise<OrderFacts> {
  if (run.facts.held === 0) return run.facts; // it was all taken with an earlier shipment
  const facts = await run.effect("expireAuthorization", { orderId: run.orderId });
  return facts.status === "partially_shipped"
    ? run.effect("recallShipment", { orderId: run.orderId, shipmentId })
    : facts;
}

/** Takes a shipment back. What the warehouse was asked and did not answer is settled first. */
async function recall(run: OrderRun, shipmentId: string): Promise<void> {
  const of = { orderId: run.orderId, shipmentId };
  const step = `recall/${shipmentId}`;
  if (run.way >= 2 && run.shipment(shipmentId).requestOpen && !run.needsPerson(`request/${shipmentId}`))
    run.take(await run.effect("requestShipment", of)); // which advance, or the run before this one, had begun
  await run.until(() => !run.shipment(shipmentId).requestOpen || run.needsPerson(`request/${shipmentId}`));
  while (isToCome(run.shipment(shipmentId).status)) {
    run.take(await run.effect("recallShipment", of));
    await run.until(() => !run.needsPerson(step));
  }
}

/** Writes the end of an order that was given up, last of all. */
async function giveUp(run: OrderRun): Promise<void> {
  if (!run.givenUp) return;
  run.take(await run.effect(run.cancelling ? "finishCancel" : "rejectOrder", { orderId: run.orderId }));
}

async function complete(run: OrderRun): Promise<void> {
  if (!run.is("shipped")) return;
  await run.until(() => !run.needsPerson());
  run.take(await run.effect("completeOrder", { orderId: run.orderId }));
}
