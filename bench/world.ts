import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createMailServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { takeMail } from "./take-mail.js";

/** What the outside world has seen; an effect asked for again under its key counts once. */
export interface Effects {
  charges: number;
  shipments: number;
  mails: number;
}

export interface World {
  httpUrl: string;
  smtpUrl: string;
  effects(): Effects;
  /** Resolves once as many charges, shipments and mails were seen. */
  reached(target: Effects): Promise<void>;
  /** Resolves once so many more orders were charged, shipped and mailed than now. */
  more(orders: number): Promise<void>;
}

type Answer = Record<string, unknown>;

/**
 * The parties that every contender of a measurement calls: card provider, warehouse, stock and mail, as cheap as they
 * can be and all in the measuring process, so that their work is nobody's. Nothing ships by itself.
 */
export async function openWorld(): Promise<World> {
  const intents = new Map<string, Answer>();
  const shipments = new Map<string, Answer>();
  const byKey = new Map<string, Answer>();
  const mails = new Set<string>();
  let waiting: { target: Effects; resolve: () => void }[] = [];

  const effects = (): Effects => ({ charges: intents.size, shipments: shipments.size, mails: mails.size });
  const wake = () => {
    waiting = waiting.filter(({ target, resolve }) => {
      if (!covers(effects(), target)) return true;
      resolve();
      return false;
    });
  };

  const answer = (method: string, url: URL, key: string, body: string): { status: number; body: Answer } => {
    const path = url.pathname;
    const known = method === "POST" ? byKey.get(key) : undefined;
    if (known) return { status: 200, body: known };
    const remember = (made: Answer) => {
      if (key) byKey.set(key, made);
      return { status: 200, body: made };
    };
    if (method === "POST" && path === "/v1/payment_intents") {
      const made = intent(`pi_${intents.size + 1}`, new URLSearchParams(body));
      intents.set(made["id"] as string, made);
      return remember(made);
    }
    if (method === "POST" && path.endsWith("/capture")) return capture(intents.get(path.split("/")[3] ?? ""), body);
    if (method === "GET" && path === "/v1/payment_intents")
      return { status: 200, body: page([...intents.values()], url) };
    if (method === "GET" && path.startsWith("/v1/payment_intents/")) return found(intents.get(lastOf(path)));
    if (method === "POST" && path === "/shipments") {
      const { id } = JSON.parse(body) as { id: string };
      shipments.set(id, { id, status: "accepted", carrier: null, trackingNumber: null });
      return remember(shipments.get(id) as Answer);
    }
    if (method === "GET" && path.startsWith("/shipments/")) return found(shipments.get(lastOf(path)));
    if (method === "POST" && path === "/stock/reservations") return remember({ reserved: true });
    return { status: 404, body: {} };
  };

  const http = createHttpServer(async (request, response) => {
    const body = await textOf(request);
    const url = new URL(request.url ?? "/", "http://world");
    const given = answer(request.method ?? "GET", url, String(request.headers["idempotency-key"] ?? ""), body);
    response.writeHead(given.status, { "content-type": "application/json" }).end(JSON.stringify(given.body));
    wake();
  });
  http.keepAliveTimeout = 60_000;
  const smtp = createMailServer((socket) =>
    takeMail(socket, (id) => {
      mails.add(id);
      wake();
    }),
  );
  const [httpPort, smtpPort] = await Promise.all([listening(http), listening(smtp)]);
  const reached = (target: Effects) =>
    new Promise<void>((resolve) => {
      waiting.push({ target, resolve });
      wake();
    });
  return {
    httpUrl: `http://127.0.0.1:${httpPort}`,
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    effects,
    reached,
    more: (orders) => reached(beyond(effects(), orders)),
  };
}

/** What is to be seen once `orders` more are charged, shipped and mailed than were then. */
export function beyond(seen: Effects, orders: number): Effects {
  return { charges: seen.charges + orders, shipments: seen.shipments + orders, mails: seen.mails + orders };
}

function covers(seen: Effects, target: Effects): boolean {
  return seen.charges >= target.charges && seen.shipments >= target.shipments && seen.mails >= target.mails;
}

function intent(id: string, form: URLSearchParams): Answer {
  const amount = Number(form.get("amount"));
  const created = Math.floor(Date.now() / 1000);
  return {
    id,
    object: "payment_intent",
    created,
    status: "requires_capture",
    amount,
    amount_capturable: amount,
    amount_received: 0,
    currency: form.get("currency"),
    metadata: { orderId: form.get("metadata[orderId]") },
    last_payment_error: null,
    next_action: null,
    latest_charge: {
      id: id.replace("pi", "ch"),
      object: "charge",
      amount_refunded: 0,
      payment_method_details: { type: "card", card: { capture_before: created + 7 * 86_400 } },
    },
  };
}

/** Takes an intent's money; asked again, it is taken already. */
function capture(of: Answer | undefined, body: string): { status: number; body: Answer } {
  const amount_received = Number(new URLSearchParams(body).get("amount_to_capture"));
  if (of) Object.assign(of, { status: "succeeded", amount_capturable: 0, amount_received });
  return found(of);
}

function page(newestLast: readonly Answer[], url: URL): Answer {
  const limit = Number(url.searchParams.get("limit") ?? 10);
  const after = url.searchParams.get("starting_after");
  const newest = newestLast.toReversed();
  const from = after ? newest.findIndex(({ id }) => id === after) + 1 : 0;
  return { object: "list", data: newest.slice(from, from + limit), has_more: from + limit < newest.length };
}

function found(thing: Answer | undefined): { status: number; body: Answer } {
  return thing ? { status: 200, body: thing } : { status: 404, body: {} };
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk as string;
  return text;
}

async function listening(server: ReturnType<typeof createHttpServer | typeof createMailServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
