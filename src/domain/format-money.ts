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
export function formatMoney(amount: number, currency: string): string {
  const decimals = DECIMALS_OF.get(currency) ?? 2;
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${currency} ${amount < 0 ? "-" : ""}${whole}${rest}`;
}
