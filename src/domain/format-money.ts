/** Currencies with other than two decimals. Source: ISO 4217, list one; ICU's own figures differ from it, in HUF for one. */
const DECIMALS: Record<number, string> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};
const DECIMALS_OF = new Map(
  Object.entries(DECIMALS).flatMap(([decimals, currencies]) =>
    currencies.split(" ").map((currency) => [currency, Number(decimals)] as const),
  ),
);

/** An amount in minor units as people read it, `EUR 25.00`, with the currency's own number of decimals. */
export function formatMoney(amount: number | bigint, currency: string): string {
  const decimals = DECIMALS_OF.get(currency) ?? 2;
  const digits = String(amount)
    .replace("-", "")
    .padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${currency} ${amount < 0 ? "-" : ""}${whole}${rest}`;
}

/**
 * What a person typed, `25`, `25.5` or `25.00`, in minor units of the currency; null for what is no such amount or has
 * more decimals than the currency.
 */
export function parseMoney(text: string, currency: string): number | null {
  const decimals = DECIMALS_OF.get(currency) ?? 2;
  const [, whole, rest = ""] = /^([0-9]{1,12})(?:[.,]([0-9]+))?$/.exec(text) ?? [];
  if (whole === undefined || rest.length > decimals) return null;
  return Number(whole + rest.padEnd(decimals, "0"));
}
