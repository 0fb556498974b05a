import { setTimeout as pause } from "node:timers/promises";
import { cancellationSignal } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { orderSubject } from "../src/database/email-subject.js";
import { type MailRef, recordSent } from "../src/database/emails.js";
import { readBody } from "../src/database/order-body.js";
import type { OrderBook } from "../src/database/order-book.js";
import { type OpenOrder, type OrderRow, type SeenOrder, seeOrder } from "../src/database/open-order.js";
import { factsOnceAsked } from "../src/database/order-facts-query.js";
import { recordPayment, recordRefusal, recordUnknown } from "../src/database/record-payment.js";
import { recordRequest, recordRequestRefusal } from "../src/database/record-shipment.js";
import { reserveOrder } from "../src/database/reserve-order.js";
import { stepOf } from "../src/database/operations.js";
import type { PlannedShipment } from "../src/database/write-order.js";
import type { MailGateway } from "../src/providers/email/email-gateway.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { providerKey } from "../src/idempotency/derived-ids.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import { type Answer, askProvider, type Question } from "./call-provider.js";
import { createMailDelivery } from "./email.js";
import { authorization, authorizationOf } from "./payment.js";
import { answering, type Circumstances } from "./record-outcome.js";
import { shipmentRequest } from "./warehouse.js";

export interface GoodWayDeps {
  book: OrderBook;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  mail: MailGateway;
  mailDomain: string;
  returnUrl: string;
}

/** How long a call may take here, in milliseconds; with the book's part below what the run gives all of it. */
const CALL_MS = { authorize: 1_300, requestShipment: 800, sendMail: 800 };

/** A step, by its activity's name. */
export type Unanswered = keyof typeof CALL_MS;

/**
 * Reserve, authorize, request the shipments, send the mail: each step is begun in the write that ends the one before it.
 * An order that anything else changes meanwhile, or that takes another turn, is no longer `seen` and left as it then
 * stands to the steps of its run, one by one.
 */
export class GoodWay {
  /** Whether the order is served by the run that asks. */
  isOurs = false;
  readonly unanswered: Unanswered[] = [];
  private readonly deps: GoodWayDeps;
  private readonly orderId: string;
  private readonly stopped = cancellationSignal();
  private seen: SeenOrder | null = null;
  /** What is asked of the payment provider; null where nothing is. */
  private authorization: ReturnType<typeof authorizationOf> = null;
  private shipments: readonly PlannedShipment[] = [];
  private mails: readonly MailRef[] = [];
  /** Whether every request brought an answer and every mail went out. */
  private isThrough = false;

  constructor(deps: GoodWayDeps, orderId: string) {
    this.deps = deps;
    this.orderId = orderId;
  }

  async reserve(runId: string): Promise<void> {
    this.seen = await seeOrder(this.deps.book.db, this.orderId);
    await this.change(async (order) => {
      this.isOurs = await reserveOrder(order, runId);
      if (order.isLocked || !this.isOurs) return;
      this.shipments = order.notes.shipments;
      this.authorization = order.row.status === "accepted" ? authorizationOf(order.row, this.deps.returnUrl) : null;
      if (this.authorization) this.begin(order, stepOf.authorize, this.authorization);
      this.beginRest(order);
    });
  }

  async authorize(): Promise<void> {
    const row = this.seen?.row;
    if (!row || !this.authorization) return;
    const step = stepOf.authorize;
    const call = { ...this.authorization, orderId: this.orderId, key: providerKey(this.orderId, step) };
    const question = authorization(this.deps.payments, call, new Date());
    const circumstances = { unknown: recordUnknown, cause: "payment_unknown" } as const;
    const answer = await this.ask("authorize", row, step, question, circumstances);
    if (!answer) this.seen = null;
    else
      await this.change(async (order) => {
        await order.calm(step);
        if ("fact" in answer) await recordPayment(order, answer.fact);
        else await recordRefusal(order, answer.refused);
        this.beginRest(order);
      });
    this.tell();
  }

  /** Wakes those who wait for the order. */
  tell(): void {
    this.deps.book.bell.ring("idem_orders", this.orderId);
  }

  /** Both at once, and written at once. */
  async requestAndSend(): Promise<void> {
    const row = this.seen?.row;
    if (!row) return;
    const requested = row.status === "confirmed" ? this.shipments : [];
    const [answers, sent] = await Promise.all([
      Promise.all(requested.map((shipment) => this.request(row, shipment))),
      Promise.all(this.mails.map((mail) => this.send(row, mail))),
    ]);
    await this.change(async (order) => {
      for (const [at, shipment] of requested.entries()) {
        const answer = answers[at];
        if (!answer) continue;
        await order.calm(stepOf.request(shipment.id));
        if ("fact" in answer) await recordRequest(order, shipment, answer.fact);
        else await recordRequestRefusal(order, shipment.id, answer.refused);
      }
      for (const [at, mail] of this.mails.entries()) if (sent[at]) recordSent(order, mail);
    });
    this.isThrough = answers.every((answer) => answer !== null) && sent.every(Boolean);
  }

  /** The facts as this way left them; null where it did not come through alone, and they are to be read. */
  facts(): OrderFacts | null {
    if (!this.isThrough || !this.seen || this.seen.called) return null;
    return factsOnceAsked(this.seen.row, this.shipments);
  }

  private async request(row: OrderRow, { id, warehouse, lines }: PlannedShipment) {
    const step = stepOf.request(id);
    const { shipTo } = readBody(row);
    const call = { id, orderId: this.orderId, warehouse, lines, shipTo, key: providerKey(this.orderId, step) };
    const question = shipmentRequest(this.deps.warehouse, call);
    return this.ask("requestShipment", row, step, question, { cause: "outcome_unknown" });
  }

  /** Whether the mail went out in time. One that takes longer ends by itself, so that nothing else waits for it. */
  private async send(row: OrderRow, mail: MailRef): Promise<boolean> {
    let late = false;
    const sending = createMailDelivery(this.deps)(orderSubject(row, mail.kind), mail, null).then(
      async (sent) => {
        if (sent && late) await this.deps.book.change(this.orderId, async (order) => recordSent(order, mail));
        return sent;
      },
      (error: unknown) => {
        if (!late && !(error instanceof ApplicationFailure)) throw error;
        return null; // it stays queued, where the run's own step finds it
      },
    );
    const sent = await Promise.race([sending, pause(CALL_MS.sendMail, null, { ref: false })]);
    late = true;
    if (sent === null) this.unanswered.push("sendMail");
    return sent ?? false;
  }

  /** null where nobody knows, which is noted by then. */
  private async ask<T>(
    name: Unanswered,
    { policy }: OrderRow,
    step: string,
    question: Question<T>,
    circumstances: Circumstances,
  ): Promise<Answer<T> | null> {
    if (this.stopped.aborted) return null;
    const attempt = { step, first_attempt_at: new Date() };
    try {
      const answer = askProvider(attempt, policy.lookupAfterMs, question, CALL_MS[name]);
      return await answering(this.deps.book).known(this.orderId, attempt, answer, circumstances);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      this.unanswered.push(name);
      return null;
    }
  }

  private async change(work: (order: OpenOrder) => Promise<void>): Promise<void> {
    if (this.seen) this.seen = await this.deps.book.changeAsSeen(this.seen, work);
  }

  /** Begins what follows a confirmation, and the mails; under the lock nothing, since the good way ends there. */
  private beginRest(order: OpenOrder): void {
    if (order.isLocked) return;
    if (order.row.status === "confirmed")
      for (const { id, warehouse } of this.shipments) this.begin(order, stepOf.request(id), { warehouse });
    this.mails = order.beginMails();
  }

  private begin(order: OpenOrder, step: string, params: object): void {
    order.note("begun", { step, key: providerKey(order.id, step), params });
  }
}
