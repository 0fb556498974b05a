// The four things an order does to the outside world, the same for every contender but Idem, whose gateways do them.
import { createTransport, type Transporter } from "nodemailer";

export interface TakenOrder {
  reference: string;
  currency: string;
  customer: { email: string };
  lines: { sku: string; quantity: number; unitPrice: number }[];
  total: number;
  payment: { method: string };
}

const world = process.env["WORLD_URL"];
let transport: Transporter | null = null;

export function reserve({ reference, lines }: TakenOrder): Promise<void> {
  return post("/stock/reservations", `reserve-${reference}`, "application/json", JSON.stringify({ reference, lines }));
}

export function charge({ reference, total, currency, payment }: TakenOrder): Promise<void> {
  const form = new URLSearchParams({
    amount: String(total),
    currency: currency.toLowerCase(),
    payment_method: payment.method,
    capture_method: "manual",
    confirm: "true",
    "metadata[orderId]": reference,
  });
  return post("/v1/payment_intents", `charge-${reference}`, "application/x-www-form-urlencoded", form.toString());
}

export function ship({ reference, lines }: TakenOrder): Promise<void> {
  const body = JSON.stringify({ id: `shp_${reference}`, orderId: reference, lines });
  return post("/shipments", `ship-${reference}`, "application/json", body);
}

export async function mail({ reference, customer }: TakenOrder): Promise<void> {
  transport ??= createTransport({ url: process.env["SMTP_URL"], pool: true } as object);
  await transport.sendMail({
    from: "shop@example.com",
    to: customer.email,
    subject: `Order ${reference}`,
    messageId: `<${reference}@example.com>`,
    text: "Thank you for your order.",
  });
}

async function post(path: string, key: string, type: string, body: string): Promise<void> {
  const headers = { "content-type": type, "idempotency-key": key };
  const response = await fetch(`${world}${path}`, { method: "POST", headers, body });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
}
