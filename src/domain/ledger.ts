/** Where an order's money is: with the customer, authorized for us, or captured by us. */
export const ACCOUNTS = ["customer", "authorized", "captured"] as const;
export type Account = (typeof ACCOUNTS)[number];

/** Money that moved between two accounts, in minor units. An entry is made once under its name. */
export interface LedgerEntry {
  name: string;
  from: Account;
  to: Account;
  amount: number;
  /** Epoch milliseconds. */
  postedAt: number;
}

/** Sums of an order's ledger in minor units. */
export interface Balances {
  /** What was ever authorized. */
  authorized: number;
  captured: number;
  refunded: number;
  /** What is authorized now and neither captured nor released. */
  held: number;
}

export function balancesOf(entries: readonly LedgerEntry[]): Balances {
  const moved = (from: Account, to: Account) =>
    entries.reduce((sum, entry) => (entry.from === from && entry.to === to ? sum + entry.amount : sum), 0);
  const authorized = moved("customer", "authorized");
  const captured = moved("authorized", "captured");
  return {
    authorized,
    captured,
    refunded: moved("captured", "customer") - moved("customer", "captured"),
    held: authorized - moved("authorized", "customer") - captured,
  };
}
