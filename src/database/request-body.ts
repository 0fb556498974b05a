import type { OrderRequest } from "../domain/order-request.js";

/** The form in which new orders are stored. */
export const BODY_VERSION = 1;

/** Readers of every form in which an order was ever stored; they are only added. */
const READERS: Record<number, (body: Buffer) => OrderRequest> = {
  1: (body) => JSON.parse(body.toString("utf8")) as OrderRequest,
};

/**
 * An order in the form of {@link BODY_VERSION}. A repeat is judged by its fingerprint, so the bytes need not be those that
 * were sent.
 */
export function writeRequestBody(request: OrderRequest): Buffer {
  return Buffer.from(JSON.stringify(request));
}

/**
 * The order as it was sent; null once it was purged, and where its form has no reader here. The bytes were validated
 * before they were stored, by the schema of their version.
 */
export function readRequestBody(body: Buffer | null, version: number): OrderRequest | null {
  return body === null ? null : (READERS[version]?.(body) ?? null);
}
