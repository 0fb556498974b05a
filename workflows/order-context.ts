import type { EmailKind } from "../src/domain/email.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import { shownStatus, type Status } from "../src/domain/status.js";
import { Invoker } from "./invoker.js";
import { listedStatus } from "./names.js";
import { describeOrder } from "./order-details.js";
import type { Runtime } from "./runtime.js";

/** An activity of an order's story, with its subject: `capturePayment/shp_1`. The same names as in a snapshot's `due`. */
export type Step = string;

/** The activity by which a run makes an order its own: with its stock reserved, or taken over from a run that is no more. */
export type FirstStep = "reserveStock" | "takeOverOrder";

/** Pauses of a step that is due and changes nothing, in milliseconds: nothing may spin, whatever answers. */
const PAUSES_MS = [1_000, 5_000, 20_000, 60_000] as const;

const EXPIRIES = {
  payment: { activity: "expirePayment", summary: "customer must act by" },
  approval: { activity: "expireApproval", summary: "approval deadline" },
  authorization: { activity: "expireAuthorization", summary: "ship before the authorization expires" },
} as const;

/**
 * One order's run: the newest snapshot of the order, the steps that are due, and what goes on beside the story: facts
 * that are signalled, the deadline, and emails.
 */
export class OrderContext {
  readonly orderId: string;
  private readonly runtime: Runtime;
  private readonly invoker: Invoker;
  private newest: OrderSnapshot | null = null;
  private readonly running = new Map<Step, Promise<void>>();
  /** How often a step changed nothing in a row. */
  private readonly idle = new Map<Step, number>();
  /** The highest number of a fact that was signalled, and whether facts may be stored that were signalled to another run. */
  private signalled = 0;
  private hasUnsignalled = false;
  private isApplying = false;
  /** Steps that were executed so far. */
  executed = 0;

  constructor(runtime: Runtime, orderId: string) {
    this.orderId = orderId;
    this.runtime = runtime;
    this.invoker = new Invoker(runtime);
    runtime.onSignal(({ number }) => {
      if (number === null) this.hasUnsignalled = true;
      else this.signalled = Math.max(this.signalled, number);
      void this.applyFacts();
    });
  }

  get snapshot(): OrderSnapshot {
    if (!this.newest) throw new Error("a run goes by snapshots, and its first activity brings one");
    return this.newest;
  }

  get isClosed(): boolean {
    return this.snapshot.closed;
  }

  get isAborting(): boolean {
    return this.snapshot.aborting;
  }

  get isActive(): boolean {
    return !this.isClosed && !this.isAborting;
  }

  get shipmentIds(): string[] {
    return this.snapshot.shipments.map(({ id }) => id);
  }

  /** Whether every email is out and every fact is applied. */
  get isDrained(): boolean {
    return this.running.size === 0 && !this.isApplying && !this.hasFacts();
  }

  is(status: Status): boolean {
    return this.snapshot.status === status;
  }

  isDue(step: Step): boolean {
    return this.snapshot.due.includes(step);
  }

  /** Whether the warehouse may have the shipment and has not shipped it. */
  isRequested(id: string): boolean {
    return this.isDue(`requestShipment/${id}`) || this.statusOf(id) === "requested";
  }

  /** Whether the shipment arrived or was lost. */
  isOver(id: string): boolean {
    const status = this.statusOf(id);
    return status === "delivered" || status === "failed" || status === "recalled";
  }

  /** Whether a step is due that is none of these and that nothing beside the story executes. */
  hasOtherSteps(steps: readonly Step[]): boolean {
    return this.snapshot.due.some((step) => isOfStory(step) && !steps.includes(step));
  }

  /** Makes the order this run's own and goes by its first snapshot; false when another run owns the order. */
  async start(first: FirstStep): Promise<boolean> {
    this.hasUnsignalled = false; // what was signalled before is in what is loaded
    const snapshot = await this.invoker.execute(first, this.ofRun);
    if (!snapshot) return false;
    this.take(snapshot);
    this.hasUnsignalled ||= this.isDue("applyEvent");
    void this.keepDeadline();
    void this.applyFacts();
    return true;
  }

  /** While it is wanted, executes these steps whenever one is due, until the goal is reached and none is. */
  async work(steps: readonly Step[], isReached: () => boolean, isWanted = () => true): Promise<void> {
    const nextDue = () => steps.find((step) => this.isDue(step));
    while (isWanted()) {
      const due = nextDue();
      if (due !== undefined) await this.execute(due, isWanted);
      else if (isReached()) return;
      else await this.waitUntil(() => !isWanted() || isReached() || nextDue() !== undefined);
    }
  }

  async waitUntil(fact: () => boolean): Promise<void> {
    await this.runtime.condition(fact);
  }

  /** Executes whatever is due, or waits until something changes: an open order always has a next step. */
  async workOnAnything(): Promise<void> {
    const due = this.snapshot.due.find(isOfStory);
    if (due !== undefined) return this.execute(due);
    const { version } = this.snapshot;
    await this.waitUntil(() => this.snapshot.version !== version);
  }

  private statusOf(id: string) {
    return this.snapshot.shipments.find((shipment) => shipment.id === id)?.status;
  }

  private get ofRun() {
    return { orderId: this.orderId, runId: this.runtime.runId };
  }

  /** Executes a step, or waits for it where it is being executed, as long as it is due and wanted. */
  private async execute(step: Step, isWanted = () => true): Promise<void> {
    this.executed++;
    const running = this.running.get(step) ?? this.begin(step);
    await Promise.race([running, this.waitUntil(() => !this.isDue(step) || !isWanted())]);
  }

  private begin(step: Step): Promise<void> {
    const running = this.invoke(step).finally(() => this.running.delete(step));
    this.running.set(step, running);
    return running;
  }

  private async invoke(step: Step): Promise<void> {
    const { version } = this.snapshot;
    this.take(await this.call(step));
    if (!this.isDue(step)) return void this.idle.delete(step);
    const times = this.idle.get(step) ?? 0;
    this.idle.set(step, this.snapshot.version === version ? times + 1 : 0);
    if (this.snapshot.version !== version) return;
    const ms = PAUSES_MS[Math.min(times, PAUSES_MS.length - 1)] ?? 0;
    await this.runtime.condition(() => this.snapshot.version !== version, { ms, summary: `try again: ${step}` });
  }

  /** A step's name says which activity it is and what it is about. */
  private call(step: Step): Promise<OrderSnapshot | null> {
    const { orderId, invoker } = this;
    const [activity, subject = "", about = ""] = step.split("/");
    switch (activity) {
      case "reserveStock":
        return invoker.execute(activity, this.ofRun);
      case "authorizePayment":
      case "voidPayment":
      case "rejectOrder":
      case "cancelOrder":
      case "completeOrder":
      case "applyEvent":
        return invoker.execute(activity, { orderId });
      case "requestShipment":
      case "cancelShipment":
      case "capturePayment":
        return invoker.execute(activity, { orderId, shipmentId: subject });
      case "sendEmail":
        return invoker.execute(activity, { orderId, kind: subject as EmailKind, about });
      default:
        throw new Error(`no activity is called ${step}`);
    }
  }

  /** Takes a newer snapshot: shows it, and sends the emails that follow from it. */
  private take(snapshot: OrderSnapshot | null): void {
    if (!snapshot || (this.newest && snapshot.version < this.newest.version)) return;
    this.newest = snapshot;
    const needsAttention = snapshot.attentions.length > 0;
    const status = listedStatus(shownStatus(snapshot.status, needsAttention));
    this.runtime.show({ text: describeOrder(snapshot), status, needsAttention });
    for (const step of snapshot.due)
      if (step.startsWith("sendEmail/") && !this.running.has(step)) void this.begin(step);
  }

  /** A stored fact that is not signalled yet waits for its signal: a run that ended before it would do its last task twice. */
  private hasFacts(): boolean {
    return this.hasUnsignalled || this.signalled > this.snapshot.appliedThrough;
  }

  /** Applies stored facts one after the other, in the order of their numbers, until none is left. */
  private async applyFacts(): Promise<void> {
    if (this.isApplying || !this.newest) return;
    this.isApplying = true;
    while (this.hasFacts()) {
      const { hasUnsignalled, signalled } = this;
      const { appliedThrough } = this.snapshot;
      this.hasUnsignalled = false; // whatever is signalled from here on may be missing in what this step loads
      await this.begin("applyEvent");
      if (this.isDue("applyEvent")) this.hasUnsignalled ||= hasUnsignalled;
      // A signal that outran its fact, or one that was sent by hand: the order says which facts there are.
      else if (this.snapshot.appliedThrough === appliedThrough && this.signalled === signalled) this.signalled = 0;
    }
    this.isApplying = false;
  }

  /** Lets the order expire at its deadline, whichever is next. At most one timer is open. */
  private async keepDeadline(): Promise<void> {
    while (!this.isClosed) {
      const { deadline } = this.snapshot;
      if (!deadline) {
        await this.waitUntil(() => this.isClosed || this.snapshot.deadline !== null);
        continue;
      }
      const { kind, at } = deadline;
      const { activity, summary } = EXPIRIES[kind];
      const hasMoved = () => this.snapshot.deadline?.kind !== kind || this.snapshot.deadline.at !== at;
      await this.invoker.whenIdle(); // steps that need no wait go first: many an order needs no timer then
      if (hasMoved()) continue;
      const timeout = { ms: at - this.runtime.now(), summary };
      if (await this.runtime.condition(hasMoved, timeout)) continue;
      const { version } = this.snapshot;
      this.take(await this.invoker.execute(activity, { orderId: this.orderId }));
      // By the database's clock it may not be time yet.
      if (!hasMoved()) await this.runtime.condition(() => this.snapshot.version !== version, { ms: 1_000, summary });
    }
  }
}

/** Emails and facts are seen to beside the story. */
function isOfStory(step: Step): boolean {
  return step !== "applyEvent" && !step.startsWith("sendEmail/");
}
