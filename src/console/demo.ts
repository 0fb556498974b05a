/** What the try-it page lets happen to an order. */
export const SCENARIOS = {
  none: "Everything goes well",
  declined: "The bank declines the card",
  authentication: "The bank asks the customer to confirm (3D Secure)",
  "lost-answer": "The payment is authorized, but the answer is lost",
  "out-of-stock": "The SKU is out of stock",
  "email-down": "The email server fails three times",
} as const;
export type Scenario = keyof typeof SCENARIOS;

/** An order as the try-it page makes it, by which scripted faults find it. */
export interface TriedOrder {
  amount: number;
  email: string;
}

/** What only a demo has: public keys, and providers that can be made to fail. */
export interface Demo {
  /** Of one tenant, a merchant's and an operator's. */
  keys: readonly string[];
  /** Has the simulated providers fail for one order, once for its idempotency key. */
  prepare(key: string, scenario: Scenario, order: TriedOrder): Promise<void>;
  /** Ends the worker as a crash would; another one starts. Null where no supervisor would start one. */
  crashWorker: (() => void) | null;
}
