import { type Kysely, type Selectable, type Transaction, sql } from "kysely";
import { ACTIONS, type AttentionCause } from "../domain/attention.js";
import type { FailureCode } from "../domain/failure.js";
import type { MailKind } from "../domain/email.js";
import { canMove, isFinal, type Status } from "../domain/status.js";
import type { Actor, TimelineData, TimelineType } from "../domain/timeline.js";
import type { MailRef } from "./emails.js";
import type { OrdersTable, Tables } from "./schema.js";
import { OrderNotes, writeOrder } from "./write-order.js";

export type OrderRow = Selectable<OrdersTable>;

type Changes = Partial<
  Pick<
    OrderRow,
    | "failure_code"
    | "payment_status"
    | "payment_reference"
    | "payment_action_url"
    | "capture_before"
    | "multicapture"
    | "deadline"
    | "run_id"
  >
>;

/** An order's row as it was read, and whether a person was called for it. */
export interface SeenOrder {
  row: OrderRow;
  /** Another one with every change of the row. */
  version: string;
  called: boolean;
}

/** A change that goes beyond what was read of its order asks for the lock. */
export class NeedsLock extends Error {
  override readonly name = "NeedsLock";
}

/**
 * An order that is being changed: under its row lock, or as it was read, which holds as long as nothing else changed it
 * meanwhile. Everything that changes its row goes through here and is written by {@link write} at once.
 */
export class OpenOrder {
  row: OrderRow;
  readonly notes = new OrderNotes();
  /** For reads that need no lock, since what they find is checked when it is written. */
  readonly db: Kysely<Tables>;
  private readonly lock: Transaction<Tables> | null;
  private readonly seen: SeenOrder;
  private endings: (() => Promise<void>)[] = [];
  private dirty = false;

  private constructor(db: Kysely<Tables>, lock: Transaction<Tables> | null, seen: SeenOrder) {
    this.db = db;
    this.lock = lock;
    this.seen = seen;
    this.row = seen.row;
  }

  static locked(trx: Transaction<Tables>, seen: SeenOrder): OpenOrder {
    return new OpenOrder(trx, trx, seen);
  }

  static asSeen(db: Kysely<Tables>, seen: SeenOrder): OpenOrder {
    return new OpenOrder(db, null, seen);
  }

  get id(): string {
    return this.row.id;
  }

  get isFinal(): boolean {
    return isFinal(this.row.status);
  }

  get isLocked(): boolean {
    return this.lock !== null;
  }

  /** The transaction that holds the lock; NeedsLock where there is none. */
  get trx(): Transaction<Tables> {
    if (!this.lock) throw new NeedsLock("this change needs its order's lock");
    return this.lock;
  }

  can(to: Status): boolean {
    return canMove(this.row.status, to);
  }

  /** Moves by the table in src/order/status.ts; an illegal move is a defect and throws. */
  move(to: Status): void {
    if (!this.can(to)) throw new Error(`an order cannot move from ${this.row.status} to ${to}`);
    if (this.row.status !== this.seen.row.status) throw new Error("an order moves once in a transaction");
    this.row = { ...this.row, status: to };
    this.dirty = true;
  }

  set(changes: Changes): void {
    this.row = { ...this.row, ...changes };
    this.dirty = true;
  }

  /** Adds a fact to the timeline. */
  tell(type: TimelineType, actor: Actor, data: TimelineData = {}): void {
    this.note("facts", { type, actor, data });
  }

  fail(code: FailureCode): void {
    this.set({ failure_code: code });
  }

  /** Notes what is written beside the row. */
  note<List extends keyof OrderNotes>(list: List, item: OrderNotes[List][number]): void {
    (this.notes[list] as (typeof item)[]).push(item);
    this.dirty = true;
  }

  /** Queues a mail; the same kind about the same thing is queued once, and none to a buyer whose address was erased. */
  mail(kind: MailKind, about = ""): void {
    if (this.row.purged_at === null) this.note("mails", { kind, about, begun: false });
  }

  /** Begins to send what was queued here, in the same write; what is begun is the caller's to send. */
  beginMails(): MailRef[] {
    for (const mail of this.notes.mails) mail.begun = true;
    return this.notes.mails.map(({ kind, about }) => ({ kind, about }));
  }

  /** Calls a person for a step; one call per step stands open at a time. */
  async raise(step: string, cause: AttentionCause, amount: number): Promise<void> {
    const raised = await this.trx
      .insertInto("attentions")
      .values({ order_id: this.id, step, cause, amount, resolved_at: null })
      .onConflict((conflict) => conflict.columns(["order_id", "step"]).where("resolved_at", "is", null).doNothing())
      .executeTakeFirst();
    if (!raised.numInsertedOrUpdatedRows) return;
    this.tell("attention.raised", "system", { step, cause, amount, actions: ACTIONS[cause].join(",") });
  }

  /** Lets a call for a person go that time has answered. */
  async calm(step: string): Promise<void> {
    if (!this.isLocked && !this.seen.called) return;
    const calmed = await this.trx
      .updateTable("attentions")
      .set({ resolved_at: sql<Date>`now()` })
      .where("order_id", "=", this.id)
      .where("step", "=", step)
      .where("resolved_at", "is", null)
      .executeTakeFirst();
    if (calmed.numUpdatedRows > 0n) this.tell("attention.resolved", "system", { step, action: "answered" });
  }

  /** Does this last, right before the commit: what locks rows that many orders share is held but a moment. */
  atTheEnd(work: () => Promise<void>): void {
    this.endings.push(work);
  }

  /** Writes everything that was noted here. The order as it stands then; null where it is not what was read any more. */
  async write(): Promise<SeenOrder | null> {
    let seen = this.seen;
    if (this.dirty) {
      const version = await writeOrder(this.db, this.seen, this.row, this.notes);
      if (version === null) return null;
      seen = { ...seen, row: { ...this.row, events: this.row.events + this.notes.facts.length }, version };
    }
    for (const ending of this.endings) await ending();
    return seen;
  }
}

const VERSION = sql<string>`orders.xmin::text`.as("version");

/** Locks an order's row; null when there is none. */
export async function lockOrder(trx: Transaction<Tables>, orderId: string): Promise<OpenOrder | null> {
  const found = await trx
    .selectFrom("orders")
    .selectAll()
    .select(VERSION)
    .where("id", "=", orderId)
    .forUpdate()
    .executeTakeFirst();
  if (!found) return null;
  const { version, ...row } = found;
  return OpenOrder.locked(trx, { row, version, called: true });
}

/** Reads an order to be changed as it was seen. */
export async function seeOrder(db: Kysely<Tables>, orderId: string): Promise<SeenOrder> {
  const { version, called, ...row } = await db
    .selectFrom("orders")
    .selectAll()
    .select(VERSION)
    .select(
      sql<boolean>`exists (select from attentions where order_id = orders.id and resolved_at is null)`.as("called"),
    )
    .where("id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { row, version, called };
}
