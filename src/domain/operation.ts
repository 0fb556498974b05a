import { providerKey } from "../idempotency/derived-ids.js";

/** What a provider says about a refusal or a decline; never personal data. */
export interface ProviderReason {
  code: string;
  declineCode: string | null;
  message: string | null;
  requestId: string | null;
}

/**
 * What an operation came to.
 * - `done`: it took effect.
 * - `declined`: the provider, the bank or the customer said no; nothing is held.
 * - `refused`: the provider refuses the request as such.
 * - `mismatch`: the provider's answer contradicts the request.
 * - `skipped`: an operator skipped the operation.
 * - `waived`: an operator says that the money was paid otherwise.
 */
export const OPERATION_RESULTS = ["done", "declined", "refused", "mismatch", "skipped", "waived"] as const;

export type OperationResult = (typeof OPERATION_RESULTS)[number];

export interface Outcome {
  result: OperationResult;
  /** The provider's own id of what was made. */
  reference: string | null;
  reason: ProviderReason | null;
}

/** One call to a provider, under one key until its outcome is known. A refused one may be tried again in another round. */
export interface Operation {
  name: string;
  /** The idempotency key that the provider sees. */
  key: string;
  round: number;
  /** Minor units; null where nothing is paid, or while the amount is not fixed yet. */
  amount: number | null;
  /** Of a capture: whether the provider releases the rest with it. */
  final: boolean | null;
  /** Epoch milliseconds; null while it is planned and must not be called. */
  firstAttemptAt: number | null;
  outcome: Outcome | null;
}

export const operationName = {
  authorize: "authorize",
  void: "void",
  /** A payment may come to life after its order closed; that void is an operation of its own. */
  lateVoid: "void/late",
  capture: (shipmentId: string) => `capture/${shipmentId}`,
  request: (shipmentId: string) => `request/${shipmentId}`,
  recall: (shipmentId: string) => `recall/${shipmentId}`,
  refund: (refundId: string) => `refund/${refundId}`,
} as const;

/** The first part of an operation's or attention's name and what it is about: `capture/shp_1` is a capture of shp_1. */
export function parseStep(step: string): { kind: string; about: string } {
  const slash = step.indexOf("/");
  return slash < 0 ? { kind: step, about: "" } : { kind: step.slice(0, slash), about: step.slice(slash + 1) };
}

type Terms = Partial<Pick<Operation, "amount" | "final" | "firstAttemptAt">>;

export function planOperation(orderId: string, name: string, terms: Terms = {}): Operation {
  const key = providerKey(orderId, name);
  return { name, key, round: 1, amount: null, final: null, firstAttemptAt: null, outcome: null, ...terms };
}

/** The same operation under a new key, since a provider replays what it answered under the old one. */
export function nextRound(operation: Operation, firstAttemptAt: number | null): Operation {
  const round = operation.round + 1;
  const key = `${operation.key.replace(/#\d+$/, "")}#${round}`;
  return { ...operation, key, round, firstAttemptAt, outcome: null };
}

/** What a call moves, fixed before it was first made; an operation without it is a defect. */
export function amountOf({ name, amount }: Operation): number {
  if (amount === null) throw new Error(`the amount of ${name} is not fixed`);
  return amount;
}

export interface OpenOperation extends Operation {
  firstAttemptAt: number;
  outcome: null;
}

/** Begun, and its outcome is not known. */
export function isOpen(operation: Operation | undefined): operation is OpenOperation {
  return operation !== undefined && operation.firstAttemptAt !== null && operation.outcome === null;
}
