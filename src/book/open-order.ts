import { type Selectable, type Transaction, sql } from "kysely";
import { ACTIONS, type AttentionCause } from "../order/attention.js";
import type { FailureCode } from "../order/failure.js";
import type { MailKind } from "../order/mail.js";
import { canMove, isFinal, predecessorsOf, type Status } from "../order/status.js";
import type { Actor, TimelineData, TimelineType } from "../order/timeline.js";
import type { OrdersTable, Tables } from "./tables.js";

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

interface Fact {
  type: TimelineType;
  actor: Actor;
  data: TimelineData;
}

/** An order under its row lock: everything that changes it goes through here and is written by {@link write} at once. */
export class OpenOrder {
  readonly trx: Transaction<Tables>;
  row: OrderRow;
  private readonly storedStatus: Status;
  private changes: Changes = {};
  private facts: Fact[] = [];
  private endings: (() => Promise<void>)[] = [];
  private dirty = false;

  constructor(trx: Transaction<Tables>, row: OrderRow) {
    this.trx = trx;
    this.row = row;
    this.storedStatus = row.status;
  }

  get id(): string {
    return this.row.id;
  }

  get isFinal(): boolean {
    return isFinal(this.row.status);
  }

  can(to: Status): boolean {
    return canMove(this.row.status, to);
  }

  /** Moves by the table in src/order/status.ts; an illegal move is a defect and throws. */
  move(to: Status): void {
    if (!this.can(to)) throw new Error(`an order cannot move from ${this.row.status} to ${to}`);
    if (this.row.status !== this.storedStatus) throw new Error("an order moves once in a transaction");
    this.row = { ...this.row, status: to };
    this.dirty = true;
  }

  set(changes: Changes): void {
    this.changes = { ...this.changes, ...changes };
    this.row = { ...this.row, ...changes };
    this.dirty = true;
  }

  /** Adds a fact to the timeline. */
  tell(type: TimelineType, actor: Actor, data: TimelineData = {}): void {
    this.facts.push({ type, actor, data });
    this.dirty = true;
  }

  fail(code: FailureCode): void {
    this.set({ failure_code: code });
  }

  /** Queues a mail; the same kind about the same thing is queued once, and none to a buyer whose address was erased. */
  async mail(kind: MailKind, about = ""): Promise<void> {
    if (this.row.purged_at !== null) return;
    await this.trx
      .insertInto("mails")
      .values({ order_id: this.id, kind, about, sent_at: null, attempted_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    this.dirty = true;
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

  /** Writes everything that was noted here; the caller commits. */
  async write(): Promise<void> {
    await this.writeRow();
    for (const ending of this.endings) await ending();
  }

  private async writeRow(): Promise<void> {
    if (!this.dirty) return;
    const { status } = this.row;
    const moved = status !== this.storedStatus;
    const first = this.row.events + 1;
    const events = this.facts.map(({ data, ...fact }, index) => ({
      order_id: this.id,
      id: first + index,
      ...fact,
      data: JSON.stringify(data),
    }));
    const writer =
      events.length === 0 ? this.trx : this.trx.with("told", (db) => db.insertInto("order_events").values(events));
    const updated = await writer
      .updateTable("orders")
      .set({
        ...this.changes,
        ...(moved && { status }),
        ...(moved && isFinal(status) && { closed_at: sql<Date>`now()` }),
        events: this.row.events + events.length,
        updated_at: sql<Date>`now()`,
      })
      .where("id", "=", this.id)
      .where("status", "in", moved ? predecessorsOf(status) : [status])
      .executeTakeFirst();
    if (updated.numUpdatedRows !== 1n) throw new Error("an order changed under its own lock");
  }
}

/** Locks an order's row; null when there is none. */
export async function lockOrder(trx: Transaction<Tables>, orderId: string): Promise<OpenOrder | null> {
  const row = await trx.selectFrom("orders").selectAll().where("id", "=", orderId).forUpdate().executeTakeFirst();
  return row ? new OpenOrder(trx, row) : null;
}
