import { ACTIONS, type Attention, type Resolution } from "../attention.js";
import { change, type Change } from "../change.js";
import { openAttentions, type Order } from "../order.js";
import { parseStep } from "../operation.js";
import type { Actor } from "../timeline.js";

export interface ResolutionRequest {
  action: Resolution;
  /** The attention that it is for; the oldest open one when absent. */
  attention?: string | undefined;
  reference?: string | undefined;
  paidOtherwise?: boolean | undefined;
  reason: string;
}

/** The attention that a resolution is bound to; null when there is none that waits for one. */
export function attentionToResolve(
  order: Order,
  { attention: id }: Pick<ResolutionRequest, "attention">,
): Attention | null {
  const open = openAttentions(order);
  const bound = id === undefined ? open[0] : open.find((one) => one.id === id);
  return bound && bound.resolution === null ? bound : null;
}

export interface ResolutionIssue {
  pointer: string;
  message: string;
}

/** What keeps a resolution from fitting its attention; empty when it fits. */
export function resolutionIssues({ cause, step }: Attention, request: ResolutionRequest): ResolutionIssue[] {
  const possible = ACTIONS[cause];
  if (!possible.includes(request.action))
    return [{ pointer: "/action", message: `Must be one of: ${possible.join(", ")}` }];
  const isCapture = request.action === "mark-done" && parseStep(step).kind === "capture";
  const hasReference = request.reference !== undefined;
  const isPaidOtherwise = request.paidOtherwise === true;
  if (isCapture && hasReference === isPaidOtherwise)
    return [{ pointer: "/reference", message: "Send exactly one of reference and paidOtherwise: true" }];
  if (!isCapture && isPaidOtherwise)
    return [{ pointer: "/paidOtherwise", message: "Applies to mark-done of a capture only" }];
  return [];
}

/** Binds an accepted resolution to its attention; the run applies it. */
export function acceptResolution(
  order: Order,
  attention: Attention,
  action: Resolution,
  actor: Actor,
  now: number,
): Change {
  return change({
    attentions: [{ ...attention, resolution: { action, actor, at: now } }],
    signals: [{ workflow: "order", subjectId: order.id, name: "attentionResolved" }],
  });
}
