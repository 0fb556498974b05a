import type { Resolution } from "../domain/attention.js";
import { findCommand, takeCommand } from "./commands.js";
import { confirm } from "./confirm-order.js";
import type { OpenOrder } from "./open-order.js";
import { resolveAttention } from "./resolve-attention.js";

/** Applies a stored command to its order, once. A cancel was applied when it was accepted. */
export async function applyCommand(order: OpenOrder, commandId: string): Promise<void> {
  const command = await findCommand(order.trx, commandId);
  if (!command || command.order_id !== order.id || !(await takeCommand(order.trx, commandId))) return;
  const body = command.body.length === 0 ? {} : JSON.parse(command.body.toString("utf8"));
  if (command.operation === "decide-order") return decide(order, body.decision);
  if (command.operation === "resolve-order") {
    return resolveAttention(order, {
      action: body.action as Resolution,
      reference: body.reference ?? null,
      reason: body.reason,
      actor: command.actor,
    });
  }
}

async function decide(order: OpenOrder, decision: "approve" | "decline"): Promise<void> {
  if (order.row.status !== "awaiting_approval" || order.row.failure_code !== null) return;
  if (decision === "approve") {
    order.tell("approval.approved", "operator");
    return confirm(order);
  }
  order.tell("approval.declined", "operator");
  order.fail("approval_declined");
}
