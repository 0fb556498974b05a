import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from "@temporalio/workflow";
import { isFinal, shownStatus, type Status } from "../src/domain/status.js";
import type { OrderFacts, ShipmentFacts } from "../src/domain/order-snapshot.js";
import { noticeSignal, type Way } from "./contract.js";
import { type Effect, Effects, type Input, type Result } from "./effects.js";
import { FIRST_LOOK_MS, LONGEST_PAUSE_MS } from "./look-pauses.js";
import { listedStatus, NEEDS_ATTENTION, ORDER_STATUS, PLACED } from "./search-attributes.js";
import { Turns } from "./turns.js";

interface Watch {
  /** On the ways before the third: looks at the outside while waiting, after a pause, which then doubles. */
  look?: () => Promise<OrderFacts | null>;
  /** Until when, epoch milliseconds; then `overdue` runs, once. */
  deadline?: number | null;
  overdue?: () => Promise<OrderFacts>;
}

/** What the Temporal UI finds a run by. */
interface Listing {
  status: string;
  attention: boolean;
}

/** The longest a closed order waits for its mails. */
const MAIL_PATIENCE = "7 days";

/** One order's run: the newest facts from the book, the news that come meanwhile, and the mails that follow from them. */
export class OrderRun extends Effects {
  readonly orderId: string;
  readonly way: Way;
  readonly captures = new Turns();
  private newest: OrderFacts | null = null;
  private readonly noticed = new Set<string>();
  private readonly mailing = new Set<string>();
  private sent = 0;
  private shown = "**accepted**";
  /** What the search attributes say; a start sets them. */
  private listed: Listing;

  constructor(orderId: string, way: Way) {
    super();
    this.orderId = orderId;
    this.way = way;
    this.listed = { status: way < 3 ? "accepted" : PLACED, attention: false };
    setHandler(noticeSignal, async ({ kind, id }) => {
      if (this.noticed.has(id)) return;
      this.noticed.add(id);
      this.take(await this.effect("applyNotice", { orderId, kind, id }));
    });
  }

  get facts(): OrderFacts {
    if (!this.newest) throw new Error("a run goes by facts, and its first step brings them");
    return this.newest;
  }

  /** False for a run that found the order served by another one. */
  get serves(): boolean {
    return this.newest !== null;
  }

  get cancelling(): boolean {
    return this.facts.status === "cancelling";
  }

  get ended(): boolean {
    return isFinal(this.facts.status);
  }

  is(status: Status): boolean {
    return this.facts.status === status;
  }

  /** Whether the order is on its way to `cancelled` or `rejected`, and what was done for it is to be undone. */
  get givenUp(): boolean {
    return !this.ended && (this.cancelling || this.facts.failure !== null);
  }

  get goesOn(): boolean {
    return !this.ended && !this.givenUp;
  }

  needsPerson(step?: string): boolean {
    return this.facts.attentions.some((attention) => step === undefined || attention.step === step);
  }

  shipment(id: string): ShipmentFacts {
    const found = this.facts.shipments.find((shipment) => shipment.id === id);
    if (!found) throw new Error("a shipment does not leave its order");
    return found;
  }

  /** Takes newer facts in: shows them in the Temporal UI and sends the mails that follow from them. */
  take(facts: OrderFacts): void {
    if (this.newest && facts.revision < this.newest.revision) return;
    this.newest = facts;
    this.show();
    for (const mail of facts.mails) {
      const name = `${mail.kind}/${mail.about}`;
      if (this.mailing.has(name)) continue;
      this.mailing.add(name);
      void this.send(mail);
    }
  }

  /** Waits for `fact`, minding a deadline; on the ways before the third looking outside from time to time. */
  async until(fact: () => boolean, { deadline, overdue, ...watch }: Watch = {}): Promise<void> {
    const look = this.way < 3 ? watch.look : undefined;
    let pause = FIRST_LOOK_MS;
    let due = deadline ?? Number.POSITIVE_INFINITY;
    while (!fact()) {
      const left = Math.min(look ? pause : Number.POSITIVE_INFINITY, Math.max(due - Date.now(), 1));
      if (left === Number.POSITIVE_INFINITY) return condition(fact);
      if (await condition(fact, left)) return;
      if (Date.now() >= due && overdue) {
        due = Number.POSITIVE_INFINITY;
        this.take(await overdue());
      } else if (look) {
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        if (this.way === 2) this.list();
        const seen = await look();
        if (seen) this.take(seen);
      }
    }
  }

  /** A run that waits for days looks many times: inside the workflow task a look costs half of an activity. */
  override async look<E extends Effect>(name: E, ...input: Input<E>): Promise<Result<E> | null> {
    if (this.way === 1) return super.look(name, ...input);
    return (await this.attempt(name, ...input))?.answer ?? null;
  }

  /** Waits until nothing is left to do: mails are out (or given up on) and no news is half applied. */
  async rest(): Promise<void> {
    const mailed = () => this.newest?.voidable || this.mailing.size === this.sent;
    const nothingLeft = () => allHandlersFinished() && mailed();
    if (!(await condition(nothingLeft, MAIL_PATIENCE))) await condition(allHandlersFinished);
  }

  private async send(mail: OrderFacts["mails"][number]): Promise<void> {
    await this.effect("sendMail", { orderId: this.orderId, ...mail });
    this.sent++;
  }

  private show(): void {
    const { status, attentions, failure } = this.facts;
    const shown = shownStatus(status, attentions.length > 0);
    const text = [`**${shown}**`, failure, ...attentions.map(({ step, cause }) => `${step}: ${cause}`)]
      .filter(Boolean)
      .join("\n\n");
    if (text === this.shown) return;
    this.shown = text;
    setCurrentDetails(text);
    if (this.way === 1) return this.upsert(this.listing);
    // The second way listed a confirmed order with its first look.
    if (this.way > 2 || this.listed.status !== "accepted" || shown !== "confirmed") this.list();
  }

  /** Lists the run under its status in the Temporal UI, unless it is. */
  private list(): void {
    const { listing, listed } = this;
    if (listed.status !== listing.status || listed.attention !== listing.attention) this.upsert(listing);
  }

  private get listing(): Listing {
    const attention = this.facts.attentions.length > 0;
    const shown = shownStatus(this.facts.status, attention);
    return { status: this.way < 3 ? shown : listedStatus(shown), attention };
  }

  private upsert(listing: Listing): void {
    this.listed = listing;
    upsertSearchAttributes([
      { key: ORDER_STATUS, value: listing.status },
      { key: NEEDS_ATTENTION, value: listing.attention },
    ]);
  }
}
