import { type Action, type ActionStore } from "./action-store.js";
import type { components } from "./api-types.js";
import { readEventStream } from "./event-stream.js";
import { type ErrorCode, IdemError } from "./idem-error.js";
import {
  fetchOnce,
  pauseAfter,
  problemOf,
  sendRequest,
  type ServiceAnswer,
  type ServiceOptions,
  type ServiceRequest,
  sleep,
} from "./send-request.js";

type Schemas = components["schemas"];
export type Order = Schemas["Order"];
export type OrderRequest = Schemas["OrderRequest"];
export type TimelineEvent = Schemas["TimelineEvent"];
export type Acknowledgement = Schemas["Acknowledgement"];

export interface ClientOptions extends ServiceOptions {
  /** Where the keys of actions are kept; each call may bring its own instead. */
  store?: ActionStore;
}

export interface ActionOptions {
  store?: ActionStore;
  signal?: AbortSignal;
}

export interface Accepted {
  /** Of the order or the refund. */
  id: string;
  /** Whether the service had accepted this action before: what it does, it does once. */
  replayed: boolean;
}

/** `orders` of a list, as its query says it (`GET /v1/orders`). */
export interface OrderFilter {
  /** One, or several that are separated by commas. */
  status?: string;
  reference?: string;
  email?: string;
  payment?: string;
  refund?: string;
  tracking?: string;
  createdAfter?: string;
  createdBefore?: string;
  updatedAfter?: string;
  sort?: "-createdAt" | "createdAt" | "-updatedAt" | "updatedAt";
}

const FINAL: ReadonlySet<Order["status"]> = new Set(["completed", "cancelled", "rejected"]);
/** Refusals of these bytes: no attempt under their key was ever accepted, so that the next one may say something else. */
const NEVER_ACCEPTED: ReadonlySet<ErrorCode> = new Set([
  "malformed-json",
  "invalid-request",
  "payload-too-large",
  "unsupported-media-type",
  "reference-in-use",
  "order-not-cancellable",
  "refund-exceeds-captured",
  "not-awaiting-decision",
  "nothing-to-resolve",
]);
const POLL_MS = 2_000;
/** The service writes at least every 10 s; a stream that is silent for longer does not come through. */
const SILENCE_MS = 25_000;

/** Whether nothing about an order changes any more, but for refunds. */
export function isFinal({ status }: Pick<Order, "status">): boolean {
  return FINAL.has(status);
}

/**
 * A client that may be interrupted anywhere. An action has a name that its caller can name again (`cart-981`): the key is made
 * when the action begins and kept before anything is sent, so that a retry, a second click or a start after a crash is
 * a repeat of the same request.
 */
export class IdemClient {
  private readonly options: ClientOptions;
  private readonly underWay = new Map<string, { body: string; accepted: Promise<Accepted> }>();

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** Places the order of a cart, once. Throws IdemError. */
  placeOrder(cartId: string, order: OrderRequest, options: ActionOptions = {}): Promise<Accepted> {
    return this.act(`place-order/${cartId}`, "/v1/orders", order, options);
  }

  /** Cancels an order, as long as nothing of it has shipped. Throws IdemError `order-not-cancellable`. */
  cancelOrder(orderId: string, { reason }: { reason?: string } = {}, options: ActionOptions = {}): Promise<Accepted> {
    return this.act(`cancel/${orderId}`, `${pathOf(orderId)}/cancel`, { ...(reason && { reason }) }, options);
  }

  /** Refunds an order, once for each name; without an amount all that is left. Throws IdemError `refund-exceeds-captured`. */
  refundOrder(
    refundName: string,
    orderId: string,
    refund: { amount?: number; reason?: string },
    options: ActionOptions = {},
  ): Promise<Accepted> {
    return this.act(`refund/${orderId}/${refundName}`, `${pathOf(orderId)}/refunds`, refund, options);
  }

  /** Forgets an action that needs no repeat any more: after it, the same name begins another one. */
  async forget(action: `place-order/${string}` | `cancel/${string}` | `refund/${string}`, store = this.options.store) {
    await store?.remove(nameOf(action));
  }

  async readOrder(orderId: string, signal?: AbortSignal): Promise<Order> {
    return (await this.get(pathOf(orderId), signal)).json as Order;
  }

  /**
   * Waits until an order is as it should be: on its event stream, or by polling where none comes through. Throws IdemError
   * `never-so` when the order is final and is not so.
   */
  async waitFor(orderId: string, until: (order: Order) => boolean, signal?: AbortSignal): Promise<Order> {
    let order = await this.readOrder(orderId, signal);
    if (until(order)) return order;
    for await (const { type } of this.follow(orderId, { signal })) {
      if (type.startsWith("email.")) continue; // is no part of the order
      order = await this.readOrder(orderId, signal);
      if (until(order)) return order;
    }
    throw new IdemError("never-so", `the order is ${order.status}, which is final`);
  }

  /** An order's timeline from its beginning, or after an event, as it grows; it ends some seconds after a final status. */
  async *follow(
    orderId: string,
    { after = 0, signal }: { after?: number; signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<TimelineEvent> {
    let last = after;
    for (let failures = 0; ;) {
      let pause = pauseAfter(0);
      try {
        for await (const event of this.streamOnce(orderId, last, signal)) {
          last = event.id;
          yield event;
        }
        failures = 0;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof IdemError && !error.retryable) throw error;
        pause = Math.max(POLL_MS, pauseAfter(failures++));
      }
      // In this order: what led to a final status is in the timeline by then.
      const order = await this.readOrder(orderId, signal);
      for (const event of await this.timelineAfter(orderId, last, signal)) {
        last = event.id;
        yield event;
      }
      if (isFinal(order)) return;
      await sleep(pause, signal);
    }
  }

  /** A tenant's orders, newest first, page by page. */
  async *orders(filter: OrderFilter = {}, signal?: AbortSignal): AsyncGenerator<Order> {
    for (let cursor: string | null = null; ;) {
      const query = new URLSearchParams({ limit: "100", ...filter, ...(cursor !== null && { cursor }) });
      const page = (await this.get(`/v1/orders?${query.toString()}`, signal)).json as Schemas["OrderList"];
      yield* page.items;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  private get(path: string, signal?: AbortSignal): Promise<ServiceAnswer> {
    return sendRequest(this.options, { method: "GET", path }, signal);
  }

  /** One of the same action that is under way is joined, not sent beside it. */
  private act(action: string, path: string, content: object, options: ActionOptions): Promise<Accepted> {
    const name = nameOf(action);
    const body = JSON.stringify(content);
    const known = this.underWay.get(name);
    if (known?.body === body) return known.accepted;
    const accepted = this.actOnce(name, { method: "POST", path, body }, options).finally(() => {
      if (this.underWay.get(name)?.accepted === accepted) this.underWay.delete(name);
    });
    this.underWay.set(name, { body, accepted });
    return accepted;
  }

  private async actOnce(
    name: string,
    { body, ...request }: ServiceRequest & { body: string },
    { signal, store = this.options.store }: ActionOptions,
  ): Promise<Accepted> {
    if (!store) throw new TypeError("a store is required, which keeps the key of the action");
    const begun: Action = { key: crypto.randomUUID(), body };
    const action = JSON.parse(await store.add(name, JSON.stringify(begun))) as Action;
    if (action.body !== body)
      throw new IdemError(
        "action-changed",
        `${name} was begun with other content, and may have happened: repeat that, or forget it first`,
      );
    try {
      const headers = { "Idempotency-Key": action.key };
      const { json, replayed } = await sendRequest(this.options, { ...request, headers, body }, signal);
      return { id: (json as Acknowledgement).id, replayed };
    } catch (error) {
      if (error instanceof IdemError && NEVER_ACCEPTED.has(error.code)) await store.remove(name);
      throw error;
    }
  }

  private async timelineAfter(orderId: string, last: number, signal?: AbortSignal): Promise<TimelineEvent[]> {
    const { items } = (await this.get(`${pathOf(orderId)}/events`, signal)).json as Schemas["Timeline"];
    return items.filter(({ id }) => id > last);
  }

  /** One connection to the event stream, until either side ends it. Throws IdemError where there is no stream. */
  private async *streamOnce(orderId: string, last: number, signal?: AbortSignal): AsyncGenerator<TimelineEvent> {
    const silent = new AbortController();
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(new Error("the stream is silent")), SILENCE_MS);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    heard();
    try {
      const response = await fetchOnce(
        this.options,
        {
          method: "GET",
          path: `${pathOf(orderId)}/events`,
          headers: { Accept: "text/event-stream", "Last-Event-ID": String(last) },
        },
        signal ? AbortSignal.any([signal, silent.signal]) : silent.signal,
      );
      if (!response.ok) throw problemOf(response, await response.text());
      if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body)
        throw new IdemError("no-answer", "the event stream does not come through");
      for await (const event of readEventStream(response.body)) {
        heard();
        if (event) yield JSON.parse(event.data) as TimelineEvent;
      }
    } finally {
      clearTimeout(timer);
      silent.abort();
    }
  }
}

const nameOf = (action: string) => `idem/${action}`;
const pathOf = (orderId: string) => `/v1/orders/${encodeURIComponent(orderId)}`;
