import { z } from "zod";

const FAULT_OPS = [
  "authorize",
  "create",
  "update",
  "lookup",
  "capture",
  "void",
  "refund",
  "account",
  "ship",
  "track",
  "recall",
  "mail",
  "mail-rcpt",
  "mail-connect",
  "webhook",
  "*",
] as const;
export type FaultOp = (typeof FAULT_OPS)[number];

const FAULT_ACTIONS = [
  "fail-before",
  "fail-after",
  "drop-before",
  "drop-after",
  "delay",
  "delay-after",
  "silent",
  "silent-after",
  "refuse",
  "unauthorized",
  "forbid",
  "limit",
  "decline",
  "wrong-amount",
  "webhook-first",
  "forget",
  "grant-multicapture",
  "short-authorization",
] as const;
export type FaultAction = (typeof FAULT_ACTIONS)[number];

/** A rule matches when every member it has equals that of the call. */
export const Match = z.object({
  order: z.string().optional(),
  amount: z.number().optional(),
  sku: z.string().optional(),
  to: z.string().toLowerCase().optional(),
});
export type Match = z.infer<typeof Match>;

export const FaultRequest = z.strictObject({
  id: z.string().optional(),
  op: z.enum(FAULT_OPS).default("*"),
  action: z.enum(FAULT_ACTIONS).default("fail-before"),
  /** How many calls it applies to; -1 for all. */
  count: z.number().int().min(-1).default(1),
  /** How many matching calls pass before it applies. */
  skip: z.number().int().nonnegative().default(0),
  ...Match.shape,
  delayMs: z.number().nonnegative().optional(),
  retryAfter: z.number().nonnegative().optional(),
  declineCode: z.string().optional(),
  amountGiven: z.number().int().optional(),
  /** Whether the idempotency key of the call is forgotten after it, whatever the action. */
  forget: z.boolean().optional(),
  /** Of short-authorization: seconds until the provider drops the authorization. */
  seconds: z.number().optional(),
});
export type FaultRequest = z.infer<typeof FaultRequest>;

export type Fault = FaultRequest & { id: string; hits: number };

export interface About {
  order?: string | null;
  amount?: number | null;
  sku?: readonly string[];
  to?: readonly string[];
}

export class FaultScript {
  private faults: Fault[] = [];
  private added = 0;

  add(request: FaultRequest): Fault {
    this.added += 1;
    const fault = { ...request, id: request.id ?? `fault-${this.added}`, hits: 0 };
    this.faults.push(fault);
    return fault;
  }

  /** Returns the first active fault that matches this call and counts it down; null when there is none. */
  take(op: FaultOp, about: About): Fault | null {
    for (const fault of this.faults) {
      if (fault.count === 0 || (fault.op !== "*" && fault.op !== op) || !matches(fault, about)) continue;
      if (fault.skip > 0) {
        fault.skip -= 1;
        continue;
      }
      if (fault.count > 0) fault.count -= 1;
      fault.hits += 1;
      return { ...fault };
    }
    return null;
  }

  all(): readonly Fault[] {
    return this.faults;
  }

  active(): readonly Fault[] {
    return this.faults.filter((fault) => fault.count !== 0);
  }

  remove(id: string): void {
    this.faults = this.faults.filter((fault) => fault.id !== id);
  }

  clear(order?: string): void {
    this.faults = order === undefined ? [] : this.faults.filter((fault) => fault.order !== order);
  }
}

export function matches(rule: Match, about: About): boolean {
  return (
    (rule.order === undefined || rule.order === about.order) &&
    (rule.amount === undefined || rule.amount === about.amount) &&
    (rule.sku === undefined || (about.sku ?? []).includes(rule.sku)) &&
    (rule.to === undefined || (about.to ?? []).includes(rule.to))
  );
}
