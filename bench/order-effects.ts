// What an order does at the providers, the same for every system but Idem, whose own adapters do it.
import { createTransport, type Transporter } from "nodemailer";

export interface AcceptedOrder {
  reference: string;
  currency: string;
  customer: { email: string };
  lines: { sku: string; quantity: number; unitPrice: number }[];
  total: number;
  payment: { method: string };
}

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
const providers = process.env["PROVIDERS_URL"];
let transport: Transporter | null = null;

export async function reserveStock({ reference, lines }: AcceptedOrder): Promise<void> {
  await post("/stock/reservations", `reserve-${reference}`, JSON_TYPE, JSON.stringify({ reference, lines }));
}

/** Returns the id of the PaymentIntent. */
export async function authorizePayment({ reference, total, currency, payment }: AcceptedOrder): Promise<string> {
  const form = new URLSearchParams({
    amount: String(total),
    currency: currency.toLowerCase(),
    payment_method: payment.method,
    capture_method: "manual",
    confirm: "true",
    "metadata[orderId]": reference,
  });
  const intent = await post("/v1/payment_intents", `authorize-${reference}`, FORM_TYPE, form.toString());
  return (JSON.parse(intent) as { id: string }).id;
}

export async function requestShipment({ reference, lines }: AcceptedOrder): Promise<void> {
  const body = JSON.stringify({ id: `shp_${reference}`, orderId: reference, lines });
  await post("/shipments", `request-${reference}`, JSON_TYPE, body);
}

export async function capturePayment({ reference, total }: AcceptedOrder, intentId: string): Promise<void> {
  const form = new URLSearchParams({ amount_to_capture: String(total) });
  await post(`/v1/payment_intents/${intentId}/capture`, `capture-${reference}`, FORM_TYPE, form.toString());
}

export async function sendEmail(
  { reference, customer }: AcceptedOrder,
  kind: "confirmation" | "shipped" = "confirmation",
): Promise<void> {
  transport ??= createTransport({ url: process.env["SMTP_URL"], pool: true } as object);
  await transport.sendMail({
    from: "shop@example.com",
    to: customer.email,
    subject: `Order ${reference}`,
    messageId: `<${kind}.${reference}@example.com>`,
    text: kind === "confirmation" ? "Thank you for your order." : "Your order is on its way.",
  });
}

async function post(path: string, key: string, type: string, body: string): Promise<string> {
  const headers = { "content-type": type, "idempotency-key": key };
  const response = await fetch(`${providers}${path}`, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return text;
}
