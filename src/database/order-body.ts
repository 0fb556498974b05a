import type { OrderRequest } from "../domain/order-request.js";
import type { OrderRow } from "./open-order.js";

/** A stored body that no reader here understands. */
export class UnreadableBody extends Error {
  override readonly name = "UnreadableBody";
}

/** Readers of every form a body was ever stored in; they are only added. */
const READERS: Record<number, (body: Buffer) => OrderRequest> = {
  1: (body) => JSON.parse(body.toString("utf8")) as OrderRequest,
};

/** The order as it was sent. The bytes were validated before they were stored, by the schema of their version. */
export function readBody(row: Pick<OrderRow, "body" | "body_version">): OrderRequest {
  const reader = READERS[row.body_version];
  if (!reader || !row.body) throw new UnreadableBody(`body version ${row.body_version} has no reader here`);
  return reader(row.body);
}
