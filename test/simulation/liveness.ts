import { isOpen } from "../../src/domain/operation.js";
import { findOperation } from "../../src/domain/order.js";
import { dueSteps } from "../../src/domain/rules/next-step.js";
import { isRefundDue } from "../../src/domain/rules/snapshot.js";
import type { RunLoss } from "./run-loss.js";
import { DAY_MS, HOUR_MS, START } from "./virtual-time.js";
import type { World } from "./world.js";

/** Nothing that a scenario draws takes longer. */
const LONGEST_MS = 40 * DAY_MS;
/** A story that takes more steps spins. */
const MOST_STEPS = 60_000;
/**
 * What is due is executed within so long: a durable activity is tried again after 20 s at most and takes 16 s with a
 * look-up, a step that changed nothing waits up to 60 s.
 */
const EXECUTED_WITHIN_MS = 90_000;
/** After 23 h nothing that creates is sent any more, only looked up. */
const SENT_FOR_MS = 22 * HOUR_MS;

/** Checks that the order makes progress: every due step is executed in time, and the order ends. */
export class Liveness {
  private readonly world: World;
  private readonly runLoss: RunLoss;
  /** When each step was executed last, and each operation asked for. */
  private readonly executedAt = new Map<string, number>();
  private readonly askedAt = new Map<string, number>();

  constructor(world: World, runLoss: RunLoss) {
    this.world = world;
    this.runLoss = runLoss;
  }

  executed(step: string): void {
    this.executedAt.set(step, this.world.time.now);
  }

  asked(operation: string): void {
    this.askedAt.set(operation, this.world.time.now);
  }

  checkBounds(): void {
    const { store, time } = this.world;
    const { order } = store;
    if (time.now > START + LONGEST_MS)
      this.world.violated(
        `after ${LONGEST_MS / DAY_MS} days it is still ${order.status}, due: ${dueSteps(order).join(", ")}`,
      );
    if (time.steps > MOST_STEPS) this.world.violated(`it spins: ${order.status}, due: ${dueSteps(order).join(", ")}`);
  }

  /**
   * Whatever is due is executed, whatever else is in progress and whichever attention is open: a provider is asked
   * however long it does not answer (E4), and a compensation that fails keeps no other from being made (E5).
   */
  checkSteps(): void {
    const { store, temporal, time, changedAt } = this.world;
    const { order } = store;
    if (temporal.undelivered > 0) return;
    // A refund's own run applies what is reported of it.
    const isOfRefund = order.facts.some(({ about }) => about === "refund");
    const isOfAnother = (step: string) => step.startsWith("sendEmail/") || (step === "applyEvent" && isOfRefund);
    const ofOrder = temporal.openRunOfOrder ? dueSteps(order).filter((step) => !isOfAnother(step)) : [];
    const ofRefunds = order.refunds.filter(({ id }) => isRefundDue(order, id) && temporal.open(`refund/${id}`));
    for (const step of [...ofOrder, ...ofRefunds.map(({ id }) => `refundPayment/${id}`)]) {
      const agoMs = time.now - Math.max(this.attendedAt(step), changedAt, this.runLoss.lostAt);
      if (agoMs > EXECUTED_WITHIN_MS) this.world.violated(`${step} is due, and was not attended to for ${agoMs} ms`);
    }
  }

  /** When a step's provider was asked last, while it may be; else when the step was executed. */
  private attendedAt(step: string): number {
    const { store, time } = this.world;
    const [activity = "", subject] = step.split("/");
    const name = [KIND_OF[activity], subject].filter((part) => part !== undefined).join("/");
    const operation = findOperation(store.order, name);
    const isAsked = isOpen(operation) && time.now - operation.firstAttemptAt < SENT_FOR_MS;
    return (isAsked ? this.askedAt.get(name) : this.executedAt.get(step)) ?? START;
  }
}

const KIND_OF: Record<string, string> = {
  authorizePayment: "authorize",
  capturePayment: "capture",
  requestShipment: "request",
  cancelShipment: "recall",
  refundPayment: "refund",
};
