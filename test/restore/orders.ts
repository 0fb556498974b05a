import { randomUUID } from "node:crypto";
import type { FaultOp } from "../../simulator/control-client.js";
import type { Answer } from "../rig/caller.js";
import type { OrderBody, PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** An order, and what happens to it after the dump. */
export interface Placed {
  order: PlacedOrder;
  after(): Promise<unknown>;
  /** After the restore, where the order was not at its end before. */
  later?(): Promise<unknown>;
  /** The retry of a command that was accepted after the dump. */
  retry?(): Promise<Answer>;
}

/** One order of each kind: on its way, held until something comes after the dump, or with an outcome unknown until then. */
export async function placeEach(idem: TestApp): Promise<[Placed, ...Placed[]]> {
  const ofKind = async (body: OrderBody, after: (order: PlacedOrder) => Promise<unknown>): Promise<Placed> => {
    const order = await idem.place(body);
    return { order, after: () => after(order) };
  };
  const held = async (after: (order: PlacedOrder) => Promise<unknown>): Promise<Placed> => {
    const body = idem.order();
    await idem.outside.hold({ amount: body.total });
    return ofKind(body, after);
  };
  const unanswered = async (op: FaultOp): Promise<Placed> => {
    const { fault, ...order } = await idem.placeWith(op, "fail-after", { count: -1 });
    return { order, after: () => idem.outside.heal(fault) };
  };
  return Promise.all([
    ofKind(idem.order(), async () => {}),
    refunded(idem),
    held((order) => idem.outside.release({ amount: order.body.total })),
    held(async (order) => {
      await waitFor("its shipment", async () => (await idem.outside.shipments(order.id)).length > 0);
      await idem.cancel(order);
    }),
    onItsWay(idem),
    ofKind(idem.order({ method: "pm_card_authenticationRequired" }), async (order) => {
      await idem.reaches(order, "awaiting_payment");
      await idem.outside.customer(order.id);
    }),
    unanswered("authorize"),
    unanswered("ship"),
    unanswered("capture"),
  ]);
}

/** Its run is still open when the database is restored, and knows a newer state: it has shipped and is paid. */
async function onItsWay(idem: TestApp): Promise<Placed> {
  const body = idem.order();
  await idem.outside.hold({ amount: body.total });
  const order = await idem.place(body);
  return {
    order,
    async after() {
      await waitFor("its shipment", async () => (await idem.outside.shipments(order.id)).length > 0);
      await idem.outside.advance(order.id, "shipped");
      await waitFor("its capture", async () => (await idem.read(order)).amounts.captured === body.total);
    },
    later: () => idem.outside.advance(order.id, "delivered"),
  };
}

async function refunded(idem: TestApp): Promise<Placed> {
  const order = await idem.place();
  const key = randomUUID();
  const retry = () => idem.refund(order, { amount: 100 }, { key });
  return {
    order,
    async after() {
      await idem.reaches(order, "completed");
      await retry();
      await waitFor("its refund", async () => (await idem.read(order)).amounts.refunded === 100);
    },
    retry,
  };
}
