/** The small answer to an accepted request. Its bytes are a promise: test/unit/acknowledgement.test.ts pins them. */
export interface Acknowledgement {
  body: string;
  location: string;
}

export function orderPath(orderId: string): string {
  return `/v1/orders/${orderId}`;
}

export function acknowledgeOrder(order: { id: string; createdAt: Date }): Acknowledgement {
  const self = orderPath(order.id);
  const body = JSON.stringify({
    id: order.id,
    status: "accepted",
    createdAt: order.createdAt.toISOString(),
    links: { self, events: `${self}/events` },
  });
  return { body, location: self };
}

export function acknowledgeRefund(refund: {
  id: string;
  orderId: string;
  amount: number;
  currency: string;
  createdAt: Date;
}): Acknowledgement {
  const order = orderPath(refund.orderId);
  const self = `${order}/refunds/${refund.id}`;
  const body = JSON.stringify({
    id: refund.id,
    orderId: refund.orderId,
    status: "accepted",
    amount: refund.amount,
    currency: refund.currency,
    createdAt: refund.createdAt.toISOString(),
    links: { self, order },
  });
  return { body, location: self };
}
