import type { ProviderRefund, Payment } from "../../src/domain/payment.js";
import type { ShipmentReport } from "../../src/domain/shipment.js";
import type { EmailGateway } from "../../src/providers/email/email-gateway.js";
import type { PaymentGateway } from "../../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../../src/providers/provider-error.js";
import type { WarehouseGateway } from "../../src/providers/warehouse/warehouse-gateway.js";
import type { AppProcess } from "./app-process.js";
import type { EmailServer } from "./email-server.js";
import { type CallFault, errorOf, type Faults, type OperationName } from "./faults.js";
import type { PaymentProvider } from "./payment-provider.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./virtual-time.js";
import type { Warehouse } from "./warehouse.js";

export interface Providers {
  payment: PaymentProvider;
  warehouse: Warehouse;
  email: EmailServer;
}

/** One call to a provider: what it does there, what a refusal leaves there, and what a wrong answer holds. */
interface Call<T> {
  operation: OperationName;
  key: string;
  timeoutMs: number;
  apply(): T;
  refuse(): T;
  garble(answer: T): T;
  /** What the fault makes of the request itself. */
  prepare?(fault: CallFault | null): void;
}

export interface Line {
  time: VirtualTime;
  random: Random;
  faults: Faults;
  /** Called for each call as it leaves. */
  called(operation: OperationName, key: string, fault: CallFault | null): void;
  /** Called for each request that the provider refuses. */
  refused(operation: OperationName): void;
}

/** The gateways of one process: between it and the providers anything may be lost. */
export function createGateways(process: AppProcess, providers: Providers, line: Line) {
  const { time, random, faults } = line;
  const travel = () => random.between(5, 60);

  const call = async <T>({ operation, key, timeoutMs, apply, refuse, garble, prepare }: Call<T>): Promise<T> => {
    const fault = faults.next(operation, time.now);
    line.called(operation, key, fault);
    prepare?.(fault);
    switch (fault) {
      case null: {
        const answer = await process.reach(travel(), () => attempted(apply));
        await process.wait(travel());
        return answer();
      }
      case "lost before":
        await process.wait(timeoutMs);
        throw new ProviderError("unknown", "no_answer");
      case "lost after":
        // Some requests arrive when their caller waits no more.
        time.schedule(
          random.chance(0.2) ? timeoutMs + random.between(1, 3_000) : travel(),
          () => void attempted(apply),
        );
        await process.wait(timeoutMs);
        throw new ProviderError("unknown", "no_answer");
      case "contradiction": {
        const answer = await process.reach(travel(), () => attempted(apply));
        await process.wait(travel());
        return garble(answer());
      }
      case "refusal": {
        const answer = await process.reach(travel(), () => attempted(refuse, () => line.refused(operation)));
        await process.wait(travel());
        return answer();
      }
      default:
        await process.wait(travel());
        throw errorOf(fault);
    }
  };

  /** A read, which may fail, and where `absent` is given may show nothing of what is there. */
  const read = async <T>(operation: OperationName, find: () => T, absent?: T): Promise<T> => {
    if (faults.failsLookUp(operation, time.now) || random.chance(0.02)) {
      await process.wait(travel());
      throw new ProviderError("unknown", "http_503");
    }
    const answer = await process.reach(travel(), () => attempted(find));
    await process.wait(travel());
    return absent !== undefined && random.chance(0.05) ? absent : answer();
  };

  const { payment, warehouse, email } = providers;
  const otherPayment = (answer: Payment): Payment => ({ ...answer, reference: "pi_of_another" });
  const otherShipment = (answer: ShipmentReport): ShipmentReport =>
    random.chance(0.5) ? { ...answer, id: "shp_of_another" } : { ...answer, orderId: "ord_of_another" };
  const otherRefund = (answer: ProviderRefund): ProviderRefund =>
    random.chance(0.5) ? { ...answer, refundId: "ref_of_another" } : { ...answer, amount: answer.amount + 1 };
  const noLists = () => Promise.reject(new Error("no list is read in a simulation"));

  const payments: PaymentGateway = {
    granularity: () => 1,
    authorize: (request, timeoutMs) => {
      // A provider that makes another payment than it was asked for is the contradiction here: the money is there.
      const another = random.chance(0.5)
        ? { ...request, amount: request.amount - 1 }
        : { ...request, orderId: "ord_of_another" };
      let made = request;
      return call({
        ...{ operation: "authorize", key: request.key, timeoutMs },
        apply: () => payment.authorize(request, made),
        refuse: () => payment.refuse(request),
        garble: (answer) => answer,
        prepare: (fault) => {
          // A wrong payment that is decided later is followed up by no poll: by its order's id it could not even be found.
          if (fault === "contradiction" && payment.decidesAtOnce) made = another;
        },
      });
    },
    capture: (request, timeoutMs) =>
      call({
        ...{ operation: "capture", key: request.key, timeoutMs },
        apply: () => payment.capture(request),
        refuse: () => payment.refuse(request),
        garble: otherPayment,
      }),
    void: (request, timeoutMs) =>
      call({
        ...{ operation: "void", key: request.key, timeoutMs },
        apply: () => payment.void(request),
        refuse: () => payment.refuse(request),
        garble: otherPayment,
      }),
    refund: (request, timeoutMs) =>
      call({
        ...{ operation: "refund", key: request.key, timeoutMs },
        apply: () => payment.refund(request),
        refuse: () => payment.refuse(request),
        garble: otherRefund,
      }),
    retrieve: (reference) => read("capture", () => payment.retrieve(reference)),
    findPayment: (orderId) => read<Payment | null>("authorize", () => payment.findPayment(orderId), null),
    findRefund: (_reference, refundId, since) =>
      read<ProviderRefund | null>("refund", () => payment.findRefund(refundId, since.getTime()), null),
    listPayments: noLists,
    listRefunds: noLists,
  };

  const warehouseGateway: WarehouseGateway = {
    request: (request, timeoutMs) =>
      call({
        ...{ operation: "request", key: request.key, timeoutMs },
        apply: () => warehouse.request(request),
        refuse: () => warehouse.refuse(request.id, request.key, null),
        garble: otherShipment,
      }),
    recall: (id, key, timeoutMs) =>
      call({
        ...{ operation: "recall", key, timeoutMs },
        apply: () => {
          // It has just left.
          if (random.chance(0.2)) warehouse.move(id, "shipped");
          return warehouse.recall(id, key);
        },
        refuse: () => warehouse.refuse(id, key, "cancelled"),
        garble: otherShipment,
      }),
    retrieve: (id) => read<ShipmentReport | null>("request", () => warehouse.retrieve(id), null),
  };

  const emailGateway: EmailGateway = {
    send: async ({ messageId }, timeoutMs) => {
      const answer = await process.reach(travel(), () => attempted(() => email.take(messageId, timeoutMs)));
      const isLost = email.losesAnswer();
      await process.wait(isLost ? timeoutMs : travel());
      answer();
      if (isLost) throw new ProviderError("unknown", "no_reply");
    },
  };

  return { payments, warehouse: warehouseGateway, email: emailGateway };
}

/** The outcome of something, to be answered later. */
function attempted<T>(work: () => T, failed: () => void = () => {}): () => T {
  try {
    const done = work();
    return () => done;
  } catch (error) {
    failed();
    return () => {
      throw error;
    };
  }
}
