/** What a shop asked for, as it was sent. Amounts are integers in minor units of `currency`. */
export interface OrderRequest {
  reference?: string | undefined;
  /** Whether it is refused while another order of its reference is neither rejected nor cancelled. */
  uniqueReference?: boolean | undefined;
  currency: string;
  customer: { email: string; name?: string | undefined; phone?: string | undefined };
  shipTo: ShipTo;
  lines: Line[];
  adjustments?: Adjustment[] | undefined;
  total: number;
  payment?: { method: string; returnUrl?: string | undefined } | undefined;
  metadata?: Record<string, string> | undefined;
}

export interface ShipTo {
  name?: string | undefined;
  line1: string;
  line2?: string | undefined;
  city: string;
  state?: string | undefined;
  postalCode?: string | undefined;
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
