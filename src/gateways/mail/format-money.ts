/** An amount in minor units as people read it; the number of decimals is the currency's own (ISO 4217, by ICU). */
export function formatMoney(amount: number, currency: string): string {
  const decimals = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${amount < 0 ? "-" : ""}${whole}${rest} ${currency}`;
}
