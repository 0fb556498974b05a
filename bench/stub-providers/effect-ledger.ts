/** How often each effect was seen; one that is requested again under its key counts once. */
export interface EffectCounts {
  payments: number;
  shipments: number;
  emails: number;
  captures: number;
  /** Shipments whose delivered event was acknowledged. */
  deliveries: number;
}

export type Effect = keyof EffectCounts;

/** What one order leaves once it is authorized, requested from the warehouse and confirmed by email. */
export const CONFIRMED: EffectCounts = { payments: 1, shipments: 1, emails: 1, captures: 0, deliveries: 0 };

/** What one order leaves once it is delivered, with its payment captured and its second email sent. */
export const DELIVERED: EffectCounts = { payments: 1, shipments: 1, emails: 2, captures: 1, deliveries: 1 };

const REACHED_WITHIN_MS = 600_000;
const EFFECTS = Object.keys(DELIVERED) as Effect[];

/** Everything that the stub providers were asked for and did. */
export class EffectLedger {
  private readonly seen: Record<Effect, Set<string>> = {
    payments: new Set(),
    shipments: new Set(),
    emails: new Set(),
    captures: new Set(),
    deliveries: new Set(),
  };
  private waiting: { target: EffectCounts; resolve: () => void }[] = [];

  record(effect: Effect, id: string): void {
    this.seen[effect].add(id);
    this.wake();
  }

  counts(): EffectCounts {
    const { payments, shipments, emails, captures, deliveries } = this.seen;
    return {
      payments: payments.size,
      shipments: shipments.size,
      emails: emails.size,
      captures: captures.size,
      deliveries: deliveries.size,
    };
  }

  /** Resolves once every effect was seen as often as this; an error when that takes longer than any measurement. */
  reached(target: EffectCounts): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the providers saw ${JSON.stringify(this.counts())} and no more`));
      const timer = setTimeout(fail, REACHED_WITHIN_MS).unref();
      const succeed = () => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.push({ target, resolve: succeed });
      this.wake();
    });
  }

  /** Resolves once `orders` more orders left what each leaves. */
  more(orders: number, each: EffectCounts = CONFIRMED): Promise<void> {
    return this.reached(beyond(this.counts(), orders, each));
  }

  private wake(): void {
    if (this.waiting.length === 0) return;
    const counts = this.counts();
    this.waiting = this.waiting.filter(({ target, resolve }) => {
      if (EFFECTS.some((effect) => counts[effect] < target[effect])) return true;
      resolve();
      return false;
    });
  }
}

/** The counts once `orders` more orders left what each leaves. */
export function beyond(counts: EffectCounts, orders: number, each: EffectCounts): EffectCounts {
  return {
    payments: counts.payments + orders * each.payments,
    shipments: counts.shipments + orders * each.shipments,
    emails: counts.emails + orders * each.emails,
    captures: counts.captures + orders * each.captures,
    deliveries: counts.deliveries + orders * each.deliveries,
  };
}
