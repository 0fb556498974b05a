import { formatMoney } from "../src/domain/format-money.js";
import type { RefundSnapshot } from "../src/domain/order-snapshot.js";
import { Invoker } from "./invoker.js";
import type { RefundInput } from "./names.js";
import type { Runtime } from "./runtime.js";
import { TemporalRuntime, uncancellable } from "./temporal-runtime.js";

export interface RefundResult {
  status: RefundSnapshot["status"];
  /** Minor units. */
  amount: number;
}

/** A refund, until the provider made it or an operator resolved it, and the customer's email went out. */
export async function refund(input: RefundInput): Promise<RefundResult> {
  return uncancellable(() => processRefund(new TemporalRuntime(), input));
}

/** The story of a refund on any engine. A fact that is signalled is applied also while the provider is being called. */
export async function processRefund(runtime: Runtime, input: RefundInput): Promise<RefundResult> {
  const invoker = new Invoker(runtime);
  const { refundId, orderId } = input;
  let isStale = false;
  let call: Promise<void> | null = null;
  runtime.onSignal(() => {
    isStale = true;
  });
  let snapshot = await invoker.execute("applyRefundUpdate", input);
  const take = (next: RefundSnapshot) => {
    if (next.version >= snapshot.version) snapshot = next;
    show(runtime, snapshot);
  };
  const refundOnce = async () => {
    const { version } = snapshot;
    take(await invoker.execute("refundPayment", input));
    if (snapshot.due && snapshot.version === version) await runtime.condition(() => isStale, PAUSE);
    call = null;
  };
  show(runtime, snapshot);
  while (isStale || snapshot.due || snapshot.emailDue || isWaiting(snapshot)) {
    if (isStale) {
      isStale = false;
      take(await invoker.execute("applyRefundUpdate", input));
    } else if (snapshot.due) {
      call ??= refundOnce();
      await Promise.race([call, runtime.condition(() => isStale)]);
    } else if (snapshot.emailDue) {
      await invoker.execute("sendEmail", { orderId, kind: "refunded", about: refundId });
      take(await invoker.execute("applyRefundUpdate", input));
    } else {
      await runtime.condition(() => isStale);
    }
  }
  return { status: snapshot.status, amount: snapshot.amount };
}

/** Before a call that changed nothing is made again: nothing may spin, whatever answers. */
const PAUSE = { ms: 20_000, summary: "try again: refundPayment" };

/** For the provider, which took it over and has not finished it, or for an operator. */
function isWaiting({ status }: RefundSnapshot): boolean {
  return status === "accepted" || status === "needs_attention";
}

function show(runtime: Runtime, { status, amount, currency }: RefundSnapshot): void {
  const text = `**${status}**\n\n${formatMoney(amount, currency)}`;
  runtime.show({ text, status: null, needsAttention: status === "needs_attention" });
}
