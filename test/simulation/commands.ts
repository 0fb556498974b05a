import { balances, type Order } from "../../src/domain/order.js";
import { changeOrderAddress } from "../../src/services/change-address.js";
import { cancelOrder } from "../../src/services/cancel-order.js";
import { decideOrder } from "../../src/services/decide-order.js";
import { refundOrder } from "../../src/services/refund-order.js";
import { resolveOrder } from "../../src/services/resolve-order.js";
import type { AppProcess } from "./app-process.js";
import { keyed } from "./keyed.js";
import type { Liveness } from "./liveness.js";
import { attentionToSeeTo, choose } from "./operator.js";
import { DAY_MS, MINUTE_MS } from "./virtual-time.js";
import type { World } from "./world.js";

/** What the merchant and the operators ask of the API: cancel, refunds, the decision, resolutions. */
export class Commands {
  private readonly world: World;
  private readonly api: AppProcess;
  private readonly liveness: Liveness;
  private isOperatorComing = false;
  private isDecisionComing = false;
  private isCaptured = false;
  private resolutions = 0;

  constructor(world: World, api: AppProcess, liveness: Liveness) {
    this.world = world;
    this.api = api;
    this.liveness = liveness;
  }

  /** Called for each change of the order: operators come when they are needed, refunds follow the first capture. */
  changed(order: Order): void {
    const { time, scenario } = this.world;
    this.sendOperator();
    if (order.status === "awaiting_approval") this.decide(order);
    if (this.isCaptured || balances(order).captured === 0) return;
    this.isCaptured = true;
    scenario.refunds.forEach(({ afterMs, share }, index) =>
      time.schedule(afterMs, () => this.refund(`refund-${index}`, share)),
    );
  }

  cancel(): void {
    const { id } = this.world.store.order;
    const request = keyed("cancel-order", id, "merchant", "cancel-1", {});
    this.send(0, "cancels", () => cancelOrder(this.deps, { orderId: id, request }));
  }

  changeAddress(): void {
    const { id } = this.world.store.order;
    const shipTo = { line1: "2 Low Rd", city: "Leeds", country: "GB" };
    const request = keyed("change-address", id, "merchant", "address-1", { shipTo });
    this.send(0, "changes the address", () => changeOrderAddress(this.deps, { orderId: id, request }));
  }

  private decide({ id }: Order): void {
    const { random, scenario } = this.world;
    const { decision } = scenario;
    if (decision === null || this.isDecisionComing) return;
    this.isDecisionComing = true;
    const request = keyed("decide-order", id, "operator", "decision-1", { decision });
    this.send(random.spread(1_000, DAY_MS), "decides", () => decideOrder(this.deps, { orderId: id, request }));
  }

  private refund(key: string, share: number | null): void {
    const { id, total } = this.world.store.order;
    const body = share === null ? {} : { amount: Math.max(1, Math.round(total * share)) };
    const request = keyed("refund-order", id, "merchant", key, body);
    this.send(0, "refunds", () => refundOrder(this.deps, { orderId: id, request }));
  }

  /** An operator comes minutes after an attention was raised, and sees to one after the other. */
  private sendOperator(): void {
    const { random, time, store } = this.world;
    if (this.isOperatorComing || !attentionToSeeTo(store.order)) return;
    this.isOperatorComing = true;
    time.schedule(random.between(MINUTE_MS, 10 * MINUTE_MS), () => {
      this.isOperatorComing = false;
      this.resolve();
      this.sendOperator();
    });
  }

  private resolve(): void {
    const { random, store, providers } = this.world;
    const { order } = store;
    const attention = attentionToSeeTo(order);
    if (!attention) return;
    this.liveness.checkSteps();
    const choice = choose(order, attention, providers, random);
    const body = { ...choice, attention: attention.id, reason: "seen to" };
    const key = `resolution-${attention.id}-${++this.resolutions}`;
    const request = keyed("resolve-order", order.id, "operator", key, body);
    this.send(0, `resolves ${attention.cause} of ${attention.step} by ${choice.action}`, () =>
      resolveOrder(this.deps, { orderId: order.id, request }),
    );
  }

  private get deps() {
    return { database: this.api.database, policy: this.world.scenario.order.policy };
  }

  /** Sends a command, and repeats it under its key while the API does not answer; one that is refused changed nothing. */
  private send(delayMs: number, name: string, command: () => Promise<unknown>): void {
    this.world.time.schedule(delayMs, () => {
      void command().then(
        () => this.world.log(() => `${name}: accepted`),
        (error: unknown) => {
          this.world.log(() => `${name}: ${String(error)}`);
          const code = error instanceof Error && "code" in error ? error.code : null;
          if (code === "unavailable") this.send(1_000, name, command);
          else if (code === null) this.world.violated(`${name}: ${String(error)}`);
        },
      );
    });
  }
}
