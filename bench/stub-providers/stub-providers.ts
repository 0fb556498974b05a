import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { EffectLedger } from "./effect-ledger.js";
import { type EventReceivers, EventSender } from "./event-sender.js";
import { serveSmtp } from "./stub-smtp.js";
import { type StubResponse, StubStripe } from "./stub-stripe.js";
import { type Shipment, StubWarehouse } from "./stub-warehouse.js";

export interface StubProviders {
  httpUrl: string;
  smtpUrl: string;
  ledger: EffectLedger;
  /** From now on payments and shipments bring their events, and every shipment is shipped and delivered. */
  sendEvents(to: EventReceivers): void;
}

/** A payment event follows its answer by this much. */
const PAYMENT_EVENT_DELAY_MS = 40;
/** A shipment is shipped so long after its request, and delivered so long after its shipped event was acknowledged. */
const SHIPMENT_EVENT_DELAY_MS = 200;

/**
 * The providers that every system of a measurement calls: payments, warehouse and email, as cheap as they can be and all
 * in the measuring process, whose work counts for no system. Without `sendEvents` nothing ships.
 */
export async function startStubProviders(): Promise<StubProviders> {
  const ledger = new EffectLedger();
  let events: EventSender | null = null;
  const stripe = new StubStripe(ledger, (type, intent) => {
    if (events) void sendLater(events, type, intent);
  });
  const warehouse = new StubWarehouse(ledger, (shipment) => {
    if (events) void carry(events, shipment, ledger);
  });
  const respond = byKey((method, url, body) =>
    url.pathname.startsWith("/v1/") ? stripe.respond(method, url, body) : warehouse.respond(method, url.pathname, body),
  );
  const http = createHttpServer(async (request, response) => {
    const { status, text } = respond(request, await textOf(request));
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  });
  http.keepAliveTimeout = 60_000;
  const smtp = createTcpServer((socket) => serveSmtp(socket, (messageId) => ledger.record("emails", messageId)));
  const [httpPort, smtpPort] = await Promise.all([listening(http), listening(smtp)]);
  return {
    httpUrl: `http://127.0.0.1:${httpPort}`,
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    ledger,
    sendEvents: (to) => (events = new EventSender(to)),
  };
}

async function sendLater(events: EventSender, type: string, intent: object): Promise<void> {
  await pause(PAYMENT_EVENT_DELAY_MS);
  await events.sendPaymentEvent(type, intent);
}

/** Ships and delivers a shipment. */
async function carry(events: EventSender, shipment: Shipment, ledger: EffectLedger): Promise<void> {
  await pause(SHIPMENT_EVENT_DELAY_MS);
  Object.assign(shipment, { status: "shipped", carrier: "Parcel", trackingNumber: `TRK-${shipment.id}` });
  const { id, orderId, carrier, trackingNumber } = shipment;
  await events.sendShipmentEvent("shipment.shipped", { id, orderId, carrier, trackingNumber });
  await pause(SHIPMENT_EVENT_DELAY_MS);
  shipment.status = "delivered";
  await events.sendShipmentEvent("shipment.delivered", { id, orderId, carrier, trackingNumber });
  ledger.record("deliveries", id);
}

/** Repeats the response of a key, as Stripe and a warehouse do. */
function byKey(respond: (method: string, url: URL, body: string) => StubResponse) {
  const remembered = new Map<string, string>();
  return (request: IncomingMessage, body: string): { status: number; text: string } => {
    const { method = "GET", headers } = request;
    const key = method === "POST" ? String(headers["idempotency-key"] ?? "") : "";
    const known = key === "" ? undefined : remembered.get(key);
    if (known !== undefined) return { status: 200, text: known };
    const { status, body: answer } = respond(method, new URL(request.url ?? "/", "http://stub"), body);
    const text = JSON.stringify(answer);
    if (key !== "" && status === 200) remembered.set(key, text);
    return { status, text };
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk as string;
  return text;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
