import type { ErrorCode } from "../../domain/problem-error.js";

/** A `detail` of each problem, as its page in docs/problems shows it. */
export const EXAMPLE_DETAILS: Record<ErrorCode, string> = {
  "malformed-json": "A member is given twice, at character 214.",
  "idempotency-key-missing": "Send an Idempotency-Key header with a new key for each new action.",
  "idempotency-key-invalid": "A key has 8 to 255 visible ASCII characters, bare or in double quotes.",
  "invalid-parameter": 'The parameter "state" is unknown.',
  unauthorized: "Send Authorization: Bearer with a valid API key.",
  forbidden: "This requires a credential with the role operator.",
  "not-found": "There is no such resource.",
  "method-not-allowed": "This resource allows GET, HEAD.",
  "idempotency-key-reused": "This Idempotency-Key was already used with a different request.",
  "reference-in-use": "An order of this reference is neither rejected nor cancelled.",
  "order-not-cancellable": "A shipment of this order has left. Refund the order once the shipment is returned.",
  "address-fixed": "A shipment of this order was requested, or the order is not being fulfilled any more.",
  "refund-exceeds-captured": "A refund cannot exceed what was captured and not refunded or promised to be.",
  "not-awaiting-decision": "This order awaits no decision.",
  "nothing-to-resolve": "No open attention of this order awaits a resolution.",
  "stock-below-reserved": "Orders have reserved more than this.",
  "webhook-endpoint-limit": "A tenant may have 10 webhook endpoints.",
  "order-purged": "The order was purged after its retention time. Nothing was executed.",
  "payload-too-large": "A request body may have at most 262144 bytes.",
  "unsupported-media-type": "Send the body as application/json.",
  "invalid-request": "Some fields are missing, unknown or out of range.",
  "rate-limited": "This tenant may send 100 requests per second.",
  internal: "Our logs have the details under the request id. You may retry with the same key.",
  unavailable:
    "The order database cannot be reached. Whether the request was accepted is not known; retry with the same key to find out.",
};
