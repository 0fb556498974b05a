import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  allHandlersFinished,
} from "@temporalio/workflow";
import type { RefundFacts } from "../src/domain/refund-snapshot.js";
import { noticeSignal, type RefundInput } from "./contract.js";
import { Effects, uncancelled } from "./effects.js";
import { FIRST_LOOK_MS, LONGEST_PAUSE_MS } from "./look-pauses.js";
import { NEEDS_ATTENTION } from "./search-attributes.js";

/** A refund, until the provider gave the money back or a person settled it. */
export async function refund({ refundId, orderId }: RefundInput): Promise<void> {
  const effects = new Effects();
  let facts: RefundFacts | null = null;
  const take = (newer: RefundFacts | null) => {
    if (!newer || (facts && newer.revision < facts.revision)) return;
    const raised = newer.status === "needs_attention";
    if (raised !== (facts?.status === "needs_attention"))
      upsertSearchAttributes([{ key: NEEDS_ATTENTION, value: raised }]);
    facts = newer;
    setCurrentDetails(`**${newer.status}**`);
  };
  setHandler(noticeSignal, async () => take(await effects.effect("refundFacts", { refundId })));
  const status = () => facts?.status;

  await uncancelled(async () => {
    while (status() === undefined || status() === "accepted") {
      take(await effects.effect("refund", { refundId }));
      if (status() === "accepted") await pending(effects, refundId, () => status() !== "accepted", take);
      await condition(() => status() !== "needs_attention");
    }
    if (facts?.mailDue) await effects.effect("sendMail", { orderId, kind: "refunded", about: refundId });
    await condition(allHandlersFinished);
  });
}

/** The provider took the refund and has not finished it: its event or a look tells. */
async function pending(
  effects: Effects,
  refundId: string,
  over: () => boolean,
  take: (facts: RefundFacts | null) => void,
): Promise<void> {
  for (let pause = FIRST_LOOK_MS; !(await condition(over, pause)); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    take(await effects.look("trackRefund", { refundId }));
  }
}
