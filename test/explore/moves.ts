import { RESOLUTIONS, type Resolution } from "../../src/domain/attention.js";
import { idFromKey } from "../../src/idempotency/derived-ids.js";
import { applyChange, type Change, inSequence, UNCHANGED } from "../../src/domain/change.js";
import type { ProviderFact, ResolutionFact } from "../../src/domain/fact.js";
import { operationName, parseStep, type ProviderReason } from "../../src/domain/operation.js";
import {
  balances,
  findOperation,
  findRefund,
  isClosed,
  openAttention,
  openAttentions,
  type Order,
} from "../../src/domain/order.js";
import type { Payment, ProviderRefund } from "../../src/domain/payment.js";
import type { EmailRef } from "../../src/domain/email.js";
import type { ShipmentReport, ShipmentStatus } from "../../src/domain/shipment.js";
import type { Evidence } from "../../src/domain/rules/resolve-attention.js";
import { evidenceNeeded } from "../../src/domain/rules/resolve-attention.js";
import { deadlineOf } from "../../src/domain/rules/expiry.js";
import type { RunState } from "../../src/domain/runs.js";
import { NOW, OWN_RUN, type Scenario } from "./orders.js";
import type { Rules } from "./rules.js";

/** Something that may happen to an order. */
export interface Move {
  name: string;
  /** Whether it is what happens when nothing goes wrong and without intervention; everything else is a surprise. */
  isExpected: boolean;
  /** A fact that comes a second time must change nothing. */
  isFact: boolean;
  /** It must change nothing at all: it is not due, or its outcome is known. */
  isVoid?: boolean;
  apply(rules: Rules, order: Order): Change;
  /** A fact that is stored with it, to be applied later. */
  stores?: ProviderFact | ResolutionFact;
}

const REASON: ProviderReason = { code: "refused", declineCode: null, message: "No.", requestId: "req_1" };
const LATER = NOW + 1_000_000 * 3_600_000;
const PAYMENT = "pi_1";
const NEW_ADDRESS = { line1: "2 Low Rd", city: "Leeds", country: "GB" };
const FOREIGN_PAYMENT = "pi_2";

type Rule = (rules: Rules, order: Order) => Change;

/** Everything that may happen to an order in this state. */
export function movesOf(order: Order, scenario: Scenario, rules: Rules): Move[] {
  return [
    ...activities(order, scenario, rules),
    ...providerFacts(order, scenario),
    ...storedFacts(order, scenario),
    ...commands(order, scenario, rules),
    ...moments(order),
    ...belated(order, scenario, rules),
  ];
}

function move(name: string, apply: Rule, isFact = false): Move {
  return { name, apply, isFact, isExpected: EXPECTED.has(name) };
}

/** A move that must change nothing. */
function none(name: string, apply: Rule): Move {
  return { ...move(name, apply), isVoid: true };
}

const EXPECTED = new Set([
  "reserveStock",
  "authorizePayment: authorized",
  "authorizePayment: the customer must act",
  "event: authorized, as awaited",
  "approve",
  "requestShipment: accepted",
  "event: shipment shipped, as awaited",
  "event: shipment delivered, as awaited",
  "capturePayment: captured",
  "voidPayment: voided",
  "cancelShipment: recalled",
  "refundPayment: succeeded",
  "sendEmail: sent",
  "applyEvent",
  "applyEvent, the provider shows nothing",
  "applyEvent, the provider shows less",
  "rejectOrder",
  "cancelOrder",
  "completeOrder",
]);

/** What the order's run, or a refund's, does next, with every answer that it may get. */
function activities(order: Order, scenario: Scenario, rules: Rules): Move[] {
  return [
    ...dueSteps(order, scenario, rules).flatMap((step) => activity(order, step, scenario)),
    ...order.refunds.filter(({ id }) => rules.isRefundDue(order, id)).flatMap(({ id }) => refundAnswers(id)),
    ...order.emails
      .filter(({ kind, status }) => scenario.emails && kind === "refunded" && status === "queued")
      .flatMap(emailAnswers),
  ];
}

function dueSteps(order: Order, { emails }: Scenario, rules: Rules): string[] {
  return rules.dueSteps(order).filter((step) => emails || !step.startsWith("sendEmail/"));
}

/** What a restored order database hears of an order whose shipment it has forgotten. */
const UNRESERVED = { type: "shipment.shipped", about: "shipment", shipment: reportOf("shp_1", "shipped") } as const;

function activity(order: Order, step: string, scenario: Scenario): Move[] {
  const { kind: name, about } = parseStep(step);
  switch (name) {
    case "reserveStock":
      return [
        move("reserveStock", (rules, next) => rules.reserve(next, reservation(scenario, OWN_RUN), NOW)),
        ...(order.status === "accepted"
          ? [
              none("applyEvent, of a shipment that is not reserved", (rules, next) =>
                rules.applyOldestFact(next, { ...UNRESERVED, number: next.factCount + 1 }, null, NOW),
              ),
            ]
          : []),
        ...(order.runId !== null
          ? [
              move("reserveStock by another run", (rules, next) =>
                rules.reserve(next, reservation(scenario, "run-2"), NOW),
              ),
            ]
          : []),
      ];
    case "authorizePayment":
      return authorizationAnswers(order, scenario);
    case "voidPayment":
      return voidAnswers(order);
    case "requestShipment":
      return requestAnswers(about);
    case "cancelShipment":
      return recallAnswers(about);
    case "capturePayment":
      return captureAnswers(about, scenario);
    case "sendEmail": {
      const { kind, about: subject } = parseStep(about);
      const email = order.emails.find((one) => one.kind === kind && one.about === subject);
      return email ? emailAnswers(email) : [];
    }
    case "applyEvent":
      return applyOldest(order, scenario);
    case "rejectOrder":
      return [move("rejectOrder", (rules, next) => rules.rejectOrder(next, NOW))];
    case "cancelOrder":
      return [move("cancelOrder", (rules, next) => rules.cancelOrder(next, NOW))];
    case "completeOrder":
      return [move("completeOrder", (rules, next) => rules.completeOrder(next, NOW))];
    default:
      throw new Error(`no activity is called ${name}`);
  }
}

function reservation({ free }: Scenario, runId: string) {
  return { runId, free, granularity: 1 };
}

function paymentOf(order: Order, state: Payment["state"], changes: Partial<Payment> = {}): Payment {
  return {
    reference: PAYMENT,
    orderId: order.id,
    state,
    amount: order.total,
    currency: order.currency,
    capturable: state === "authorized" ? order.total : 0,
    received: state === "captured" ? order.total : 0,
    terms: null,
    reason: state === "failed" ? { ...REASON, declineCode: "do_not_honor" } : null,
    actionUrl: state === "action_required" ? "https://bank.example/" : null,
    ...changes,
  };
}

function termsOf({ multicapture, authorizedMs }: Scenario) {
  return { multicapture, captureBefore: NOW + authorizedMs };
}

function authorizationAnswers(order: Order, scenario: Scenario): Move[] {
  const { threeDs } = scenario;
  const terms = termsOf(scenario);
  const amount = order.total + 1;
  const answered = (name: string, payment: Payment) =>
    move(`authorizePayment: ${name}`, (rules, next) => rules.recordAuthorizationAnswer(next, payment, NOW), true);
  const { authorize } = operationName;
  return [
    ...(threeDs
      ? [
          answered("the customer must act", paymentOf(order, "action_required")),
          answered("the customer must act, another amount", paymentOf(order, "action_required", { amount })),
        ]
      : [answered("authorized", paymentOf(order, "authorized", { terms }))]),
    answered("declined", paymentOf(order, "failed")),
    answered("declined by its code", paymentOf(order, "failed", { reason: REASON })),
    answered("declined for no reason", paymentOf(order, "failed", { reason: null })),
    answered("processing", paymentOf(order, "processing")),
    answered("another amount", paymentOf(order, "authorized", { amount, capturable: amount })),
    move("authorizePayment: refused", (rules, next) => rules.recordAuthorizationRefusal(next, REASON, NOW), true),
    ...unknowns("authorizePayment", authorize),
  ];
}

/** A call that brings no answer, at once and after ATTENTION_AFTER, and one whose answer contradicts it. */
function unknowns(activityName: string, name: string): Move[] {
  return [
    move(
      `${activityName}: unknown`,
      (rules, from) => begun(rules, from, name, (next) => rules.recordUnknown(next, name, NOW)),
      true,
    ),
    move(
      `${activityName}: unknown for a day`,
      (rules, from) => begun(rules, from, name, (next) => rules.recordUnknown(next, name, LATER)),
      true,
    ),
    move(
      `${activityName}: contradiction`,
      (rules, from) => begun(rules, from, name, (next) => rules.recordContradiction(next, name, NOW)),
      true,
    ),
  ];
}

function begun(rules: Rules, order: Order, name: string, then: (order: Order) => Change): Change {
  return inSequence(order, (next) => (name === "" ? UNCHANGED : rules.begin(next, name, NOW)), then);
}

function voidAnswers(order: Order): Move[] {
  const { captured } = balances(order);
  const name = isClosed(order) ? operationName.lateVoid : operationName.void;
  const answered = (what: string, then: (rules: Rules, next: Order) => Change) =>
    move(
      `voidPayment: ${what}`,
      (rules, from) =>
        inSequence(
          from,
          (next) => rules.beginVoid(next, NOW),
          (next) => then(rules, next),
        ),
      true,
    );
  const reported = (payment: Payment) => (rules: Rules, next: Order) =>
    inSequence(
      next,
      (now) => rules.recordPayment(now, payment, NOW),
      (now) => rules.recordVoid(now, payment, NOW),
    );
  return [
    answered("voided", reported(paymentOf(order, "voided", { received: captured }))),
    answered("captured by hand", reported(paymentOf(order, "captured"))),
    answered("refused", (rules, next) => rules.recordVoidRefusal(next, REASON, NOW)),
    answered("unknown", (rules, next) => rules.recordUnknown(next, name, NOW)),
    answered("unknown for a day", (rules, next) => rules.recordUnknown(next, name, LATER)),
  ];
}

function reportOf(id: string, status: ShipmentReport["status"]): ShipmentReport {
  const hasLeft = status === "shipped";
  return { id, orderId: null, status, carrier: hasLeft ? "DHL" : null, trackingNumber: hasLeft ? "T1" : null };
}

function requestAnswers(id: string): Move[] {
  const name = operationName.request(id);
  const answered = (what: string, then: (rules: Rules, order: Order) => Change, isFact = true) =>
    move(`requestShipment: ${what}`, (rules, order) => begun(rules, order, name, (next) => then(rules, next)), isFact);
  return [
    answered("accepted", (rules, next) => rules.recordShipment(next, reportOf(id, "accepted"), NOW)),
    answered("shipped already", (rules, next) => rules.recordShipment(next, reportOf(id, "shipped"), NOW)),
    answered("refused", (rules, next) => rules.recordRequestRefusal(next, id, REASON, NOW)),
    answered("unknown", (rules, next) => rules.recordUnknown(next, name, NOW)),
    answered("unknown for a day", (rules, next) => rules.recordUnknown(next, name, LATER)),
    answered("another shipment", (rules, next) => rules.recordContradiction(next, name, NOW)),
  ];
}

function recallAnswers(id: string): Move[] {
  const name = operationName.recall(id);
  const answered = (what: string, then: (rules: Rules, order: Order) => Change) =>
    move(`cancelShipment: ${what}`, (rules, order) => begun(rules, order, name, (next) => then(rules, next)), true);
  return [
    answered("recalled", (rules, next) => rules.recordShipment(next, reportOf(id, "cancelled"), NOW)),
    answered("shipped", (rules, next) => rules.recordShipment(next, reportOf(id, "shipped"), NOW)),
    answered("refused", (rules, next) => rules.recordRecallRefusal(next, id, REASON, NOW)),
    answered("unknown", (rules, next) => rules.recordUnknown(next, name, NOW)),
    answered("unknown for a day", (rules, next) => rules.recordUnknown(next, name, LATER)),
  ];
}

function captureAnswers(id: string, scenario: Scenario): Move[] {
  const name = operationName.capture(id);
  const terms = termsOf(scenario);
  const learned = (rules: Rules, from: Order, then: (order: Order) => Change) =>
    inSequence(
      from,
      (next) =>
        next.payment.multicapture === null && next.shipments.length > 1
          ? rules.recordPayment(next, paymentOf(next, "authorized", { terms, received: next.payment.received }), NOW)
          : UNCHANGED,
      (next) => rules.beginCapture(next, NOW),
      then,
    );
  const answered = (what: string, then: (rules: Rules, next: Order) => Change) =>
    move(`capturePayment: ${what}`, (rules, from) => learned(rules, from, (next) => then(rules, next)), true);
  return [
    answered("captured", (rules, next) => rules.recordCapture(next, id, capturedPayment(next, id), NOW)),
    answered("refused", (rules, next) => rules.recordCaptureRefusal(next, id, REASON, NOW)),
    answered("unknown", (rules, next) => rules.recordUnknown(next, name, NOW)),
    answered("unknown for a day", (rules, next) => rules.recordUnknown(next, name, LATER)),
    answered("another payment", (rules, next) => rules.recordContradiction(next, name, NOW)),
  ];
}

function refundOf(
  order: Order,
  refundId: string,
  state: ProviderRefund["state"],
  changes: Partial<ProviderRefund> = {},
): ProviderRefund {
  const round = findOperation(order, operationName.refund(refundId))?.round ?? 1;
  const amount = findRefund(order, refundId)?.amount ?? 0;
  return { reference: `re_${round}`, state, amount, refundId, reason: state === "failed" ? REASON : null, ...changes };
}

function refundAnswers(id: string): Move[] {
  const name = operationName.refund(id);
  const answered = (what: string, then: (rules: Rules, next: Order) => Change) =>
    move(`refundPayment: ${what}`, (rules, from) => begun(rules, from, name, (next) => then(rules, next)), true);
  return [
    ...(["succeeded", "pending", "failed"] as const).map((state) =>
      answered(state, (rules, next) => rules.recordRefund(next, id, refundOf(next, id, state), NOW)),
    ),
    answered("failed for no reason", (rules, next) =>
      rules.recordRefund(next, id, refundOf(next, id, "failed", { reason: null }), NOW),
    ),
    answered("refused", (rules, next) => rules.recordRefundRefusal(next, id, REASON, NOW)),
    answered("unknown for a day", (rules, next) => rules.recordUnknown(next, name, LATER)),
  ];
}

function emailAnswers(ref: EmailRef): Move[] {
  const name = "sendEmail";
  const begun =
    (then: (rules: Rules, next: Order) => Change): Rule =>
    (rules, order) =>
      inSequence(
        order,
        (next) => rules.beginEmail(next, ref, NOW),
        (next) => then(rules, next),
      );
  return [
    move(`${name}: begun`, (rules, order) => rules.beginEmail(order, ref, NOW), true),
    move(`${name}: begun, and its worker died`, (rules, order) => rules.beginEmail(order, ref, LATER)),
    move(`${name}: begun with the step before`, (rules, order) => rules.beginEmails(NOW)(order), true),
    move(`${name}: superseded`, (rules, order) => rules.supersedeEmail(order, ref), true),
    move(
      `${name}: sent`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "sent" }, NOW)),
      true,
    ),
    move(
      `${name}: refused`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "refused", reason: REASON }, NOW)),
      true,
    ),
    move(
      `${name}: deferred`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "deferred" }, NOW)),
    ),
    move(
      `${name}: deferred for a day`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "deferred" }, LATER)),
      true,
    ),
    move(
      `${name}: unknown`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "unknown" }, NOW)),
    ),
    move(
      `${name}: unknown for a day`,
      begun((rules, next) => rules.recordEmail(next, ref, { result: "unknown" }, LATER)),
    ),
  ];
}

/** Facts that a provider may report at any time, whatever was asked of it, each as if it was applied at once. */
function providerFacts(order: Order, scenario: Scenario): Move[] {
  return factsOf(order, scenario).map(([name, fact]) =>
    move(
      `event: ${name}`,
      (rules, next) => {
        rules.signalOf(next.id, fact); // every fact has a signal that brings it
        return rules.applyFact({ ...next, facts: [] }, { number: 0, type: "event", ...fact }, null, NOW);
      },
      true,
    ),
  );
}

/** What the warehouse reports next of a shipment when nothing goes wrong. */
const NEXT: Partial<Record<ShipmentStatus, ShipmentReport["status"]>> = { requested: "shipped", shipped: "delivered" };

function factsOf(order: Order, scenario: Scenario): [name: string, fact: ProviderFact][] {
  const facts: [string, ProviderFact][] = [];
  const payment = (name: string, one: Payment) => facts.push([name, { about: "payment", payment: one }]);
  if (order.total > 0 && order.shipments.length > 0) {
    const { captured } = balances(order);
    const terms = termsOf(scenario);
    payment(
      order.status === "awaiting_payment" ? "authorized, as awaited" : "authorized",
      paymentOf(order, "authorized", { received: captured, capturable: order.total - captured }),
    );
    payment(
      "authorized with its terms",
      paymentOf(order, "authorized", { terms, received: captured, capturable: order.total - captured }),
    );
    payment("captured", paymentOf(order, "captured"));
    payment("captured in part", paymentOf(order, "captured", { received: 300 }));
    payment("failed", paymentOf(order, "failed"));
    payment("voided", paymentOf(order, "voided", { received: captured }));
    payment("created", paymentOf(order, "created"));
    payment("authorized, another amount", paymentOf(order, "authorized", { amount: order.total + 1 }));
    payment("authorized, another payment", paymentOf(order, "authorized", { reference: FOREIGN_PAYMENT }));
    if (scenario.threeDs) payment("the customer must act", paymentOf(order, "action_required"));
  }
  for (const { id, status } of order.shipments) {
    if (status === "pending") continue; // the warehouse does not know of it
    for (const state of ["accepted", "shipped", "delivered", "failed", "cancelled"] as const)
      facts.push([
        `shipment ${state}${NEXT[status] === state ? ", as awaited" : ""}`,
        { about: "shipment", shipment: reportOf(id, state) },
      ]);
    facts.push(["delivery overdue", { about: "delivery", shipmentId: id }]);
  }
  const [shipment] = order.shipments;
  if (shipment)
    facts.push([
      "shipment of another order shipped",
      { about: "shipment", shipment: { ...reportOf(shipment.id, "shipped"), orderId: "ord_other" } },
    ]);
  if (shipment)
    facts.push(["another shipment shipped", { about: "shipment", shipment: reportOf("shp_other", "shipped") }]);
  for (const { id } of order.refunds)
    for (const state of ["succeeded", "failed"] as const)
      facts.push([`refund ${state}`, { about: "refund", refund: refundOf(order, id, state) }]);
  for (const { id } of order.refunds) {
    const round = findOperation(order, operationName.refund(id))?.round ?? 1;
    for (const state of ["succeeded", "failed"] as const) {
      const earlier = refundOf(order, id, state, { reference: `re_${round - 1}` });
      if (round > 1) facts.push([`an earlier attempt's refund ${state}`, { about: "refund", refund: earlier }]);
    }
  }
  const [refund] = order.refunds;
  if (refund) {
    facts.push([
      "a refund that is not ours",
      { about: "refund", refund: refundOf(order, "ref_x", "succeeded", { refundId: null }) },
    ]);
    facts.push(["a refund of no known id", { about: "refund", refund: refundOf(order, "ref_unknown", "succeeded") }]);
    const other = refundOf(order, refund.id, "succeeded", { amount: 1, reference: "re_9" });
    facts.push(["refund of another amount", { about: "refund", refund: other }]);
  }
  return facts;
}

/** Facts that wait in the database while something else happens. */
function storedFacts(order: Order, scenario: Scenario): Move[] {
  if (order.facts.length >= 2) return [];
  const waits = factsOf(order, scenario).filter(([name]) => STORED.has(name));
  return waits.map(([name, fact]) => ({ ...move(`stored: ${name}`, () => UNCHANGED), stores: fact }));
}

const STORED = new Set(["shipment shipped, as awaited", "shipment failed", "authorized", "failed", "refund failed"]);

function applyOldest(order: Order, scenario: Scenario): Move[] {
  const [oldest] = order.facts;
  if (!oldest) return [];
  const needed = oldest.about === "resolution" ? evidenceNeeded(order, oldest) : null;
  const evidence: [string, Evidence | null][] = needed
    ? [
        ["", { payment: evidencePayment(order, scenario) }],
        [", the provider shows nothing", { payment: null }],
        [", the provider shows less", { payment: paymentOf(order, "voided") }],
      ]
    : [["", null]];
  return evidence.map(([name, shown]) =>
    move(`applyEvent${name}`, (rules, next) => rules.applyOldestFact(next, oldest, shown, NOW)),
  );
}

function evidencePayment(order: Order, scenario: Scenario): Payment {
  const terms = termsOf(scenario);
  return balances(order).authorized > 0
    ? paymentOf(order, "captured", { terms })
    : paymentOf(order, "authorized", { terms });
}

function commands(order: Order, { refunds, resolved }: Scenario, rules: Rules): Move[] {
  return [
    move("cancel", (all, from) => (all.refuseCancel(from) ? UNCHANGED : all.requestCancel(from, "merchant", NOW))),
    ...(["approve", "decline"] as const).map((decision) =>
      move(decision, (all, from) =>
        accept(from, all, (next) =>
          all.awaitsDecision(next) ? all.decideApproval(next, decision, "operator", NOW) : null,
        ),
      ),
    ),
    move("change the address", (all, from) =>
      accept(from, all, (next) =>
        all.canChangeAddress(next) ? all.changeAddress(next, NEW_ADDRESS, "merchant") : null,
      ),
    ),
    ...(refunds ? refundRequests(order) : []),
    ...(order.facts.length < 2 ? resolutions(order, rules, resolved) : []),
    ...(rules.isPurgeable(order) ? [move("purge", (all) => all.purge(NOW))] : []),
  ];
}

/** A command is judged by the order as the facts before it leave it; a refused one leaves no trace. */
function accept(order: Order, rules: Rules, judge: (order: Order) => Change | null): Change {
  let isRefused = false;
  const change = inSequence(
    order,
    (next) => rules.applyStoredFacts(next, NOW),
    (next) => {
      const judged = judge(next);
      isRefused = judged === null;
      return judged ?? UNCHANGED;
    },
  );
  return isRefused ? UNCHANGED : change;
}

function refundRequests(order: Order): Move[] {
  const scope = { tenant: order.tenant, operation: "refund-order", parentId: order.id } as const;
  const id = idFromKey(scope, `refund ${order.refunds.length + 1}`);
  return [
    move("refund all", (rules, from) =>
      accept(from, rules, (next) => refundUpTo(rules, next, id, rules.refundable(next))),
    ),
    move("refund a part", (rules, from) => accept(from, rules, (next) => refundUpTo(rules, next, id, 400))),
  ];
}

function refundUpTo(rules: Rules, order: Order, id: string, amount: number): Change | null {
  return amount > 0 && amount <= rules.refundable(order) && order.refunds.length < 2
    ? rules.requestRefund(id, amount, "merchant")
    : null;
}

function resolutions(order: Order, rules: Rules, resolved: boolean): Move[] {
  return openAttentions(order).flatMap((attention, at) =>
    RESOLUTIONS.flatMap((action) => forms(action).map((form) => ({ action, ...form }))).flatMap((form): Move[] => {
      // A resolution that names none is for the oldest.
      const request = { ...form, ...(at > 0 && { attention: attention.id }), reason: "seen" };
      const bound = rules.attentionToResolve(order, request);
      if (bound && bound.id !== attention.id)
        return [{ ...move("resolve", () => fault("a resolution was bound to another attention")), isExpected: true }];
      if (!bound || rules.resolutionIssues(bound, request).length > 0) return [];
      const fact: ResolutionFact = {
        about: "resolution",
        attentionId: bound.id,
        action: form.action,
        reference: form.reference ?? null,
        paidOtherwise: form.paidOtherwise ?? false,
        reason: "seen",
        actor: "operator",
        // A build before this one named no key.
        keyId: form.action === "skip" ? null : "3fa90c12be47",
      };
      const name = `resolve ${bound.cause}: ${form.action}${form.paidOtherwise ? ", paid otherwise" : ""}`;
      return [
        {
          ...move(name, (all, next) => all.acceptResolution(next, bound, form.action, "operator", NOW)),
          isExpected: resolved,
          stores: fact,
        },
      ];
    }),
  );
}

function fault(what: string): never {
  throw new Error(what);
}

function forms(action: Resolution): { reference?: string; paidOtherwise?: boolean }[] {
  return action === "mark-done" ? [{}, { reference: PAYMENT }, { paidOtherwise: true }] : [{}];
}

/** Time itself: deadlines, right before and at the moment, and a run that Temporal lost or an operator terminated. */
function moments(order: Order): Move[] {
  const deadline = deadlineOf(order);
  const expiries = {
    payment: "expirePayment",
    approval: "expireApproval",
    authorization: "expireAuthorization",
  } as const;
  const runIsKnown = order.runId !== null && !isClosed(order);
  return [
    ...(deadline
      ? [
          none(`${expiries[deadline.kind]} too early`, (rules, next) =>
            rules[expiries[deadline.kind]](next, deadline.at - 1),
          ),
          move(expiries[deadline.kind], (rules, next) => rules[expiries[deadline.kind]](next, deadline.at), true),
        ]
      : []),
    ...(runIsKnown && order.runId === OWN_RUN
      ? (["completed", "closed", "gone", "open"] as const).map((state) =>
          move(`takeOver, the run is ${state}`, (rules, next) => takenOver(rules, next, state), true),
        )
      : []),
  ];
}

function takenOver(rules: Rules, order: Order, state: RunState): Change {
  const change = rules.takeOver(order, state, "run-2", NOW);
  const isAsked = openAttention(applyChange(order, change), "run") !== undefined;
  if (state === "closed" && balances(order).held > 0 && order.runId === OWN_RUN && !isAsked)
    throw new Error("money is held, and a run that was ended by hand goes on");
  return change;
}

function capturedPayment(order: Order, shipmentId: string): Payment {
  const operation = findOperation(order, operationName.capture(shipmentId));
  const received = balances(order).captured + (operation?.amount ?? 0);
  const isOver = operation?.final === true;
  return paymentOf(order, isOver ? "captured" : "authorized", {
    received,
    capturable: isOver ? 0 : order.total - received,
  });
}

/** What comes too late or too early: activities that are not due, and answers to calls whose outcome is known. */
function belated(order: Order, scenario: Scenario, rules: Rules): Move[] {
  const due = rules.dueSteps(order);
  const closings = (["rejectOrder", "cancelOrder", "completeOrder"] as const).filter((step) => !due.includes(step));
  const decided = order.operations.filter(({ outcome }) => outcome !== null);
  return [
    ...closings.map((step) => none(`${step}, not due`, (all, next) => all[step](next, NOW))),
    ...decided.flatMap(({ name }) => [
      none(`unknown, ${name} is decided`, (all, next) => all.recordUnknown(next, name, LATER)),
      none(`contradiction, ${name} is decided`, (all, next) => all.recordContradiction(next, name, NOW)),
    ]),
    ...order.emails
      .filter(({ status }) => scenario.emails && status !== "queued")
      .map((email) =>
        none(`sendEmail, ${email.kind} is not queued`, (all, next) => all.beginEmail(next, email, LATER)),
      ),
  ];
}
