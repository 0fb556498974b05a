import type { LoadedOrder } from "../../src/database/load-order.js";
import type { NewRefund, Saved, Alongside } from "../../src/database/save-order.js";
import type { CommandRow } from "../../src/database/queries/find-command.js";
import type { RefundRow } from "../../src/database/queries/find-refund.js";
import type { Session } from "../../src/database/pool.js";
import type { Availability } from "../../src/domain/allocation.js";
import type { Change, Signal } from "../../src/domain/change.js";
import type { ProviderEvent, ProviderFact } from "../../src/domain/fact.js";
import type { Order } from "../../src/domain/order.js";

/**
 * What the product imports from PostgreSQL's side and from the SDK's activity context, by the same names: each passes on
 * to the session that it is called with, which keeps one order in memory.
 */

export { ORDER_COLUMNS, toLoaded } from "../../src/database/load-order.js";
export { FIRST_POLL_MS, StockConflictError } from "../../src/database/save-order.js";

/** The order database of one simulated order, as one process sees it. */
export interface InMemory {
  load(id: string): Promise<LoadedOrder | null>;
  save(before: Order, change: Change, after: Order, alongside: Alongside): Promise<Saved | null>;
  storeFact(event: FactEvent, signal: Signal): Promise<boolean>;
  available(skus: readonly string[]): Promise<Availability>;
  findCommand(id: string): Promise<CommandRow | null>;
  findRefund(id: string): Promise<RefundRow | null>;
}

export type FactEvent = ProviderEvent & { orderId: string; fact: ProviderFact };
export type { NewRefund };

const inMemory = (session: Session) => session as unknown as InMemory;

export const loadOrder = (session: Session, id: string) => inMemory(session).load(id);

export const loadOrders = (): Promise<LoadedOrder[]> => Promise.reject(new Error("no list is read in a simulation"));

export const saveOrder = (session: Session, before: Order, change: Change, after: Order, alongside: Alongside = {}) =>
  inMemory(session).save(before, change, after, alongside);

export const storeFact = (session: Session, event: FactEvent, signal: Signal) =>
  inMemory(session).storeFact(event, signal);

export const storeEvent = async (): Promise<void> => {};

export const readAvailable = (session: Session, _tenant: string, skus: readonly string[]) =>
  inMemory(session).available(skus);

export const findCommand = (session: Session, id: string) => inMemory(session).findCommand(id);

export const findRefund = (session: Session, id: string) => inMemory(session).findRefund(id);

/** What an activity asks the SDK about itself. */
export interface ActivityInfo {
  isLocal: boolean;
  startToCloseTimeoutMs: number;
}

let current: () => ActivityInfo | null = () => null;

/** Says from now on in whose name code runs. */
export function provideActivityInfo(of: () => ActivityInfo | null): void {
  current = of;
}

export function activityInfo(): ActivityInfo {
  const info = current();
  if (!info) throw new Error("the code of an activity runs outside of one");
  return info;
}

export const log = { error() {} };
