import { createHash } from "node:crypto";
import { lengthPrefixed } from "./length-prefixed.js";

/**
 * Every id that is derived and not drawn. Test vectors stand in test/unit/identity.test.ts: these functions must give
 * the same ids for as long as an order database lives.
 */

export type Operation = keyof typeof PREFIX;

/** What a key is unique in: equal keys in different scopes never meet. */
export interface KeyScope {
  tenant: string;
  operation: Operation;
  /** What it is about: the order of a command or refund, the SKU of a movement, the endpoint or its delivery, the batch; null for what stands alone. */
  parentId: string | null;
}

const IDENTITY_VERSION = "1";
const PREFIX = {
  "place-order": "ord_",
  "refund-order": "ref_",
  "cancel-order": "cmd_",
  "decide-order": "cmd_",
  "resolve-order": "cmd_",
  "refresh-order": "cmd_",
  "change-address": "cmd_",
  "move-stock": "mov_",
  "create-webhook-endpoint": "whe_",
  "ping-webhook-endpoint": "png_",
  "rotate-webhook-secret": "cmd_",
  "enable-webhook-endpoint": "cmd_",
  "redeliver-webhook": "cmd_",
  "redeliver-webhooks": "cmd_",
  "resolve-attentions": "bat_",
  "pause-attention-batch": "cmd_",
  "resume-attention-batch": "cmd_",
} as const;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** 32 characters of base32: 160 bits of the digest. */
function base32(digest: Buffer): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of digest.subarray(0, 20)) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= 31;
  }
  return text;
}

function digestOf(...parts: string[]): string {
  return base32(createHash("sha256").update(lengthPrefixed(parts)).digest());
}

/** The id of what a key made: an order, a refund, a command, a movement, an endpoint or a ping. */
export function idFromKey(scope: KeyScope, key: string): string {
  const parts = [IDENTITY_VERSION, scope.tenant, scope.operation, key];
  if (scope.parentId !== null) parts.push(scope.parentId);
  return PREFIX[scope.operation] + digestOf(...parts);
}

/** A refund that Idem makes by itself: one for each cause on an order. */
export function automaticRefundId(orderId: string, cause: string): string {
  return `ref_${digestOf(IDENTITY_VERSION, "own-refund", orderId, cause)}`;
}

/** What tells a tenant's payments apart at a provider, in place of its name. */
export function tenantTag(tenant: string): string {
  return `ten_${digestOf(IDENTITY_VERSION, "tenant", tenant)}`;
}

export function shipmentId(orderId: string, warehouse: string): string {
  return `shp_${digestOf(IDENTITY_VERSION, "shipment", orderId, warehouse)}`;
}

/** The key a provider sees: from the order (or refund) and the step alone, so that every repeat is the same request. */
export function providerKey(ownerId: string, step: string): string {
  return `${ownerId}/${step}`;
}

/** RFC 5322 Message-ID of an email; `about` distinguishes several of one kind. */
export function messageId(orderId: string, kind: string, about: string | null, domain: string): string {
  return `<${[kind, orderId, about].filter((part) => part !== null).join(".")}@${domain}>`;
}

export function orderWorkflowId(orderId: string): string {
  return `order/${orderId}`;
}

export function refundWorkflowId(refundId: string): string {
  return `refund/${refundId}`;
}

export function takeoverWorkflowId(orderId: string): string {
  return `takeover/${orderId}`;
}

const ORDER_ID = /^ord_[a-z2-7]{32}$/;

/** Whether a text may be an order's id at all; anything else is unknown without a query. */
export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text);
}

/** An attention: the `ordinal`-th of a step of an order, from 1. */
export function attentionId(orderId: string, step: string, ordinal: number): string {
  return `att_${digestOf(IDENTITY_VERSION, "attention", orderId, step, String(ordinal))}`;
}
