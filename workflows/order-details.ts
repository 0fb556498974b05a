import { formatMoney } from "../src/domain/format-money.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import { shownStatus } from "../src/domain/status.js";

/** What the Temporal UI shows of a run at any moment: where the order is, its money, and what it waits for. Markdown. */
export function describeOrder(order: OrderSnapshot): string {
  const { status, failure, currency, authorized, captured, refunded, attentions, shipments } = order;
  const money = [
    authorized > 0 && `authorized ${formatMoney(authorized, currency)}`,
    captured > 0 && `captured ${formatMoney(captured, currency)}`,
    refunded > 0 && `refunded ${formatMoney(refunded, currency)}`,
  ].filter(Boolean);
  return [
    `**${shownStatus(status, attentions.length > 0)}**${failure === null ? "" : ` (${failure})`}`,
    money.join(", "),
    shipments.map(({ id, status: state }) => `- ${id}: ${state}`).join("\n"),
    waitsFor(order),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function waitsFor({ closed, status, paymentUnknown, attentions, due, deadline, shipments }: OrderSnapshot): string {
  if (closed) return "";
  const until = deadline ? `, until ${new Date(deadline.at).toISOString()}` : "";
  const waits = [
    ...attentions.map(({ step, cause }) => `an operator: ${cause} (${step})`),
    ...(paymentUnknown ? ["the payment provider's answer; the outcome is unknown"] : []),
    ...(status === "awaiting_payment" ? [`the customer${until}`] : []),
    ...(status === "awaiting_approval" ? [`an operator's decision${until}`] : []),
    ...(shipments.some((one) => one.status === "requested") ? ["the warehouse to ship"] : []),
    ...(shipments.some((one) => one.status === "shipped") ? ["the delivery"] : []),
    ...due.filter((step) => !step.startsWith("sendEmail/")),
  ];
  return waits.length === 0 ? "" : `Waits for:\n${waits.map((wait) => `- ${wait}`).join("\n")}`;
}
