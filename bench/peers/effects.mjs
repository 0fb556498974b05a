// The four things an order does to the outside world, the same for each engine.
import { createTransport } from "nodemailer";

/** Node's own fetch keeps its connections alive; the body is read so that they are free again. */
async function post(url, headers, body) {
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return text ? (JSON.parse(text).id ?? null) : null;
}

const JSON_BODY = { "Content-Type": "application/json" };

export function createEffects(worldUrl, smtpUrl) {
  const mailer = createTransport({ url: smtpUrl, pool: true });
  return {
    stock: ({ reference, lines }) =>
      post(`${worldUrl}/stock/reservations`, JSON_BODY, JSON.stringify({ reference, lines })),

    charge: ({ reference, total, currency, payment }) =>
      post(
        `${worldUrl}/v1/payment_intents`,
        {
          "Content-Type": "application/x-www-form-urlencoded",
          Authorization: "Bearer sk_test_peers",
          "Idempotency-Key": `charge-${reference}`,
        },
        new URLSearchParams({
          amount: String(total),
          currency: currency.toLowerCase(),
          payment_method: payment.method,
          capture_method: "manual",
          confirm: "true",
          "metadata[orderId]": reference,
        }).toString(),
      ),

    ship: ({ reference, lines }) =>
      post(
        `${worldUrl}/shipments`,
        { ...JSON_BODY, "Idempotency-Key": `ship-${reference}` },
        JSON.stringify({ id: `ship-${reference}`, orderId: reference, lines }),
      ),

    mail: async ({ reference, customer }) => {
      const { messageId } = await mailer.sendMail({
        from: "orders@shop.example",
        to: customer.email,
        subject: `Order ${reference}`,
        headers: { "X-Reference": reference },
        text: `Your order ${reference} is on its way.`,
      });
      return messageId;
    },

    close: () => mailer.close(),
  };
}
