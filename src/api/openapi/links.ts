/** How an answer leads to other operations (OpenAPI Link Objects), by operation id. */
export type Links = Record<
  string,
  { operationId: string; parameters: Record<string, string>; requestBody?: Record<string, string> }
>;

const body = (pointer: string) => `$response.body#/${pointer}`;

/** Everything that may be done with an order, whose id is at `pointer` of the answer. */
export function linksToOrder(pointer: string): Links {
  const operations = [
    "readOrder",
    "readTimeline",
    "readExecution",
    "cancelOrder",
    "decideOrder",
    "changeAddress",
    "refreshOrder",
    "refundOrder",
    "listRefunds",
  ];
  return Object.fromEntries(
    operations.map((operationId) => [operationId, { operationId, parameters: { id: body(pointer) } }]),
  );
}

/** To a refund that is the answer itself, or the item under `prefix`. */
export function linksToRefund(prefix: string): Links {
  const parameters = { id: body(`${prefix}orderId`), refundId: body(`${prefix}id`) };
  return { readRefund: { operationId: "readRefund", parameters } };
}

export function linkToNextPage(operationId: string): Links {
  return { nextPage: { operationId, parameters: { cursor: body("nextCursor") } } };
}

export const linkToNextEvents: Links = {
  nextEvents: { operationId: "readFeed", parameters: { after: body("nextCursor") } },
};

export const linksFromAttentions: Links = {
  ...linkToNextPage("listAttentions"),
  resolveOrder: {
    operationId: "resolveOrder",
    parameters: { id: body("items/0/orderId") },
    requestBody: { attention: body("items/0/id"), action: body("items/0/actions/0") },
  },
};

/** To the stock of a SKU that is a member of the answer itself, or of the item under `prefix`. */
export function linksToStock(prefix: string): Links {
  const parameters = { sku: body(`${prefix}sku`) };
  return Object.fromEntries(
    ["readStock", "listStockMovements"].map((operationId) => [operationId, { operationId, parameters }]),
  );
}

/** To what may be done with a webhook endpoint, whose id is at `pointer` of the answer. */
export function linksToEndpoint(pointer: string): Links {
  const operations = [
    "readWebhookEndpoint",
    "pingWebhookEndpoint",
    "rotateWebhookSecret",
    "enableWebhookEndpoint",
    "listWebhookDeliveries",
    "redeliverWebhooks",
  ];
  return Object.fromEntries(
    operations.map((operationId) => [operationId, { operationId, parameters: { endpointId: body(pointer) } }]),
  );
}

/** To what has the delivery at `pointer` made again; its endpoint is the request's. */
export function linkToRedelivery(pointer: string): Links {
  const parameters = { endpointId: "$request.path.endpointId", deliveryId: body(pointer) };
  return { redeliverWebhook: { operationId: "redeliverWebhook", parameters } };
}

/** To what may be done with a batch of attentions, whose id is that of the answer. */
export const linksToBatch: Links = Object.fromEntries(
  ["readAttentionBatch", "listBatchItems", "pauseAttentionBatch", "resumeAttentionBatch"].map((operationId) => [
    operationId,
    { operationId, parameters: { batchId: body("id") } },
  ]),
);
