/** What a shop asked for, as it was sent. Amounts are integers in minor units of `currency`. */
export interface OrderRequest {
  reference?: string;
  currency: string;
  customer: { email: string; name?: string; phone?: string };
  shipTo: ShipTo;
  lines: Line[];
  adjustments?: Adjustment[];
  total: number;
  payment?: { method: string; returnUrl?: string };
  metadata?: Record<string, string>;
}

export interface ShipTo {
  name?: string;
  line1: string;
  line2?: string;
  city: string;
  state?: string;
  postalCode?: string;
  country: string;
}

export interface Line {
  sku: string;
  quantity: number;
  unitPrice: number;
}

export interface Adjustment {
  kind: "shipping" | "tax" | "discount";
  label: string;
  amount: number;
}

/** The form of the stored bodies; a reader for each version stays (see src/book/order-body.ts). */
export const BODY_VERSION = 1;
