import { randomBytes, randomUUID } from "node:crypto";
import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import pg from "pg";
import { inject } from "vitest";
import {
  type CallRecord,
  type FaultAction,
  type FaultDetail,
  type FaultOp,
  SimulatorClient,
} from "../../simulator/control-client.js";
import { startSimulator } from "../../simulator/simulator.js";
import { TcpProxy } from "./tcp-proxy.js";
import { type Answer, Caller, retryWhileUnavailable } from "./caller.js";
import { createDatabase } from "./database.js";
import { ProcessUnderTest } from "./process-under-test.js";
import { waitFor } from "./wait-for.js";
import { freePort } from "../../dev/free-port.js";

/** `admin_shutdown`: a pool's end does not wait for its connections, and the drop of the database may meet one of them. */
const DROPPED = "57P01";

export const APPROVAL_THRESHOLD = 50_000_000;

/** An order as a test speaks of it. */
export interface PlacedOrder {
  id: string;
  path: string;
  key: string;
  body: OrderBody;
  answer: Answer;
}

export type OrderBody = ReturnType<TestApp["order"]>;

interface Keyed {
  key?: string;
  as?: Caller;
  headers?: Record<string, string>;
}

/** The lines of the API and the worker to their engines. */
interface Proxies {
  postgres: TcpProxy;
  temporal: TcpProxy;
}

let nextAmount = 100_000 + Math.floor(Math.random() * 80_000) * 10;

/** A whole Idem for one test file: its own database, namespace, simulator, API and worker. */
export class TestApp {
  readonly acme: Caller;
  readonly globex: Caller;
  readonly operator: Caller;
  readonly outside: SimulatorClient;
  readonly worker: ProcessUnderTest;
  readonly api: ProcessUnderTest;
  readonly client: Client;
  readonly db: pg.Pool;
  readonly proxies: Proxies;

  readonly base: string;
  readonly env: Record<string, string>;
  private readonly ends: (() => Promise<void>)[];
  private readonly others: ProcessUnderTest[] = [];

  private constructor(
    base: string,
    keys: { acme: string; globex: string; operator: string },
    env: Record<string, string>,
    outside: SimulatorClient,
    client: Client,
    db: pg.Pool,
    proxies: Proxies,
    ends: (() => Promise<void>)[],
    checkout?: string,
  ) {
    this.base = base;
    this.env = env;
    this.proxies = proxies;
    this.ends = ends;
    this.acme = new Caller(base, keys.acme, checkout !== undefined);
    this.globex = new Caller(base, keys.globex, checkout !== undefined);
    this.operator = new Caller(base, keys.operator, checkout !== undefined);
    this.outside = outside;
    this.client = client;
    this.db = db;
    this.api = new ProcessUnderTest("api", env, "api ready", checkout);
    this.worker = new ProcessUnderTest("worker", env, "worker ready", checkout);
  }

  /** `place` distinguishes test files; `env` changes settings; `checkout` holds another build than ours. */
  static async start(place: number, env: Record<string, string> = {}, checkout?: string): Promise<TestApp> {
    const engines = inject("engines");
    const namespace = engines.namespaces[place];
    if (!namespace) throw new Error("more test files than namespaces");
    const database = await createDatabase(engines.databaseUrl);
    const port = await portOfOurOwn();
    const base = `http://127.0.0.1:${port}`;
    const secrets = {
      stripe: `whsec_${randomBytes(16).toString("hex")}`,
      fulfilment: `whsec_${randomBytes(32).toString("base64")}`,
    };
    const simulator = await startSimulator({
      port: 0,
      smtpPort: 0,
      webhookBase: base,
      stripeSecret: secrets.stripe,
      fulfilmentSecret: secrets.fulfilment,
      home: null,
    });
    const outside = new SimulatorClient(simulator.info.controlUrl);
    await outside.config({ shipDelayMs: 250, deliverDelayMs: 250 });
    const keys = { acme: `key_${randomUUID()}`, globex: `key_${randomUUID()}`, operator: `key_${randomUUID()}` };
    const connection = await Connection.connect({ address: engines.temporalAddress });
    const proxies = {
      postgres: await proxyTo(database.url),
      temporal: await proxyTo(`tcp://${engines.temporalAddress}`),
    };
    const settings = {
      DATABASE_URL: through(proxies.postgres, database.url),
      TEMPORAL_ADDRESS: `127.0.0.1:${proxies.temporal.port}`,
      TEMPORAL_NAMESPACE: namespace,
      PORT: String(port),
      PUBLIC_URL: base,
      METRICS_PORT: "0",
      STRIPE_SECRET_KEY: "sk_test_idem",
      STRIPE_API_BASE: simulator.info.stripeApiBase,
      STRIPE_WEBHOOK_SECRET: secrets.stripe,
      FULFILMENT_URL: simulator.info.fulfilmentUrl,
      FULFILMENT_SECRET: secrets.fulfilment,
      SMTP_URL: simulator.info.smtpUrl,
      MAIL_FROM: "Idem <orders@shop.example>",
      API_KEYS: `acme:merchant:${keys.acme},globex:merchant:${keys.globex},acme:operator:${keys.operator}`,
      RATE_LIMIT: "10000",
      APPROVAL_THRESHOLD: String(APPROVAL_THRESHOLD),
      ...env,
    };
    const client = new Client({ connection, namespace });
    const db = new pg.Pool({ connectionString: database.url, max: 3 });
    db.on("error", (error) => {
      if (!("code" in error && error.code === DROPPED)) throw error;
    });
    const service = new TestApp(
      base,
      keys,
      settings,
      outside,
      client,
      db,
      proxies,
      [
        () => simulator.stop(),
        () => connection.close(),
        () => proxies.postgres.close(),
        () => proxies.temporal.close(),
        () => db.end(),
        database.drop,
      ],
      checkout,
    );
    try {
      await Promise.all([service.api.start(), service.worker.start()]);
      for (const caller of [service.acme, service.globex]) await caller.put("/v1/stock/MUG-1", { onHand: 1_000_000 });
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.stop(), this.worker.stop(), ...this.others.map((other) => other.stop())]);
    for (const end of this.ends) await end();
  }

  /** One more API on the same database, with other settings. */
  async anotherApi(
    env: Record<string, string> = {},
    checkout?: string,
  ): Promise<{ base: string; process: ProcessUnderTest }> {
    const port = String(await portOfOurOwn());
    const base = `http://127.0.0.1:${port}`;
    const all = { ...this.env, PORT: port, PUBLIC_URL: base, ...env };
    const process = new ProcessUnderTest("api", all, "api ready", checkout);
    this.others.push(process);
    await process.start();
    return { base, process };
  }

  /** One more worker, with other settings. */
  async anotherWorker(env: Record<string, string> = {}, checkout?: string): Promise<ProcessUnderTest> {
    const process = new ProcessUnderTest("worker", { ...this.env, ...env }, "worker ready", checkout);
    this.others.push(process);
    await process.start();
    return process;
  }

  /** A price that no other order of this run has, so that scripted faults find their order by it. */
  amount(): number {
    nextAmount += 70;
    return nextAmount;
  }

  order(changes: Record<string, unknown> & { sku?: string; method?: string } = {}) {
    const { sku = "MUG-1", method = "pm_card_visa", ...rest } = changes;
    const price = this.amount();
    return {
      reference: `ref-${randomUUID()}`,
      currency: "EUR",
      customer: { email: `ada-${randomUUID()}@example.com`, name: "Ada" },
      shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
      lines: [{ sku, quantity: 1, unitPrice: price }],
      total: price,
      payment: { method },
      ...rest,
    };
  }

  /** An order dear enough for an operator's decision. */
  dear(changes: Parameters<TestApp["order"]>[0] = {}) {
    const price = APPROVAL_THRESHOLD + this.amount();
    return this.order({
      ...changes,
      lines: [{ sku: changes.sku ?? "MUG-1", quantity: 1, unitPrice: price }],
      total: price,
    });
  }

  async place(body: OrderBody = this.order(), key: string = randomUUID(), caller = this.acme): Promise<PlacedOrder> {
    const answer = await retryWhileUnavailable(() => caller.post("/v1/orders", body, { key }), key);
    if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${answer.text}`);
    return { id: answer.json.id, path: answer.json.links.self, key, body, answer };
  }

  /** An order whose own calls of this kind go wrong. */
  async placeWith(
    op: FaultOp,
    action: FaultAction,
    detail: FaultDetail = {},
    body: OrderBody = this.order(),
  ): Promise<PlacedOrder & { fault: string }> {
    const fault = await this.outside.fault(op, action, { amount: body.total, ...detail });
    return { ...(await this.place(body)), fault };
  }

  cancel(order: PlacedOrder, body: object = {}, options: Keyed = {}): Promise<Answer> {
    return this.command(order, "cancel", body, options);
  }

  refund(order: PlacedOrder, body: object = {}, options: Keyed = {}): Promise<Answer> {
    return this.command(order, "refunds", body, options);
  }

  decide(order: PlacedOrder, decision: string, options: Keyed = {}): Promise<Answer> {
    return this.command(order, "decision", { decision }, { as: this.operator, ...options });
  }

  resolve(order: PlacedOrder, action: string, more: object = {}, options: Keyed = {}): Promise<Answer> {
    return this.command(order, "resolution", { action, reason: "seen to", ...more }, { as: this.operator, ...options });
  }

  private command(
    order: PlacedOrder,
    verb: string,
    body: object,
    { as = this.acme, ...options }: Keyed,
  ): Promise<Answer> {
    return as.post(`${order.path}/${verb}`, body, options);
  }

  async read(order: { path: string }) {
    const answer = await this.acme.get(order.path);
    if (answer.status !== 200) throw new Error(`no order: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  /** Waits until a closed order owes nothing: its emails are out and all facts about it were reported and applied. */
  async owesNothing({ id }: { id: string }): Promise<void> {
    await waitFor("nothing to be owed", async () => {
      const events = await this.outside.webhooks(id);
      return events.every((event) => !event.owed) && (await this.isUpToDate(id));
    });
  }

  /** Whether an order's emails are out and all facts about it that came were applied. */
  async isUpToDate(id: string): Promise<boolean> {
    const owed = `select kind from emails where order_id = $1 and status = 'queued'
      union all select workflow from outbox where order_id = $1
      union all select type from provider_events where order_id = $1 and applied_at is null`;
    return (await this.db.query(owed, [id])).rows.length === 0;
  }

  /** Changes rows of an order behind Idem's back; $1 is its id. Like every change it bumps the version, which caches go by. */
  async alter({ id }: PlacedOrder, statement: string): Promise<void> {
    await this.db.query(statement, [id]);
    await this.db.query("update orders set version = version + 1 where id = $1", [id]);
  }

  /** The order, once it shows one of these statuses. */
  async reaches(order: PlacedOrder, ...statuses: string[]) {
    const shows = async () => {
      const now = await this.read(order);
      return statuses.includes(now.status) ? now : null;
    };
    try {
      return await waitFor(`${order.id} to be ${statuses.join(" or ")}`, shows, 90_000);
    } catch (error) {
      const { status, payment, attention } = await this.read(order);
      const story = { status, payment, attention, events: await this.eventTypes(order) };
      throw new Error(`${String(error)}; it is ${JSON.stringify(story)}`, { cause: error });
    }
  }

  /** A confirmed order whose shipment stays where it is until it is released. */
  async held(changes: Parameters<TestApp["order"]>[0] = {}): Promise<PlacedOrder> {
    const body = this.order(changes);
    await this.outside.hold({ amount: body.total });
    const order = await this.place(body);
    await this.reaches(order, "confirmed");
    await waitFor("the shipment to be requested", async () => (await this.outside.shipments(order.id)).length);
    return order;
  }

  async completed(changes: Parameters<TestApp["order"]>[0] = {}): Promise<PlacedOrder> {
    const order = await this.place(this.order(changes));
    await this.reaches(order, "completed");
    return order;
  }

  async events(
    order: PlacedOrder,
  ): Promise<{ id: number; type: string; actor: string; data: Record<string, unknown> }[]> {
    return (await this.acme.get(`${order.path}/events`)).json.items;
  }

  async eventTypes(order: PlacedOrder): Promise<string[]> {
    return (await this.events(order)).map(({ type }) => type);
  }

  /** The calls that move something, oldest first. */
  async calls(order: PlacedOrder, op?: FaultOp): Promise<CallRecord[]> {
    return (await this.outside.requests(order.id, op)).filter(({ method }) => method === "POST");
  }

  /** The kinds of an order's emails that reached the customer, one for each Message-ID. */
  async mailKinds(order: PlacedOrder): Promise<string[]> {
    const ids = await this.outside.mailIds(order.body.customer.email);
    return ids.map((id) => id.slice(1, id.indexOf("."))).sort();
  }

  /** The kinds of email that reached the customer, once they are so many. */
  async mailed(order: PlacedOrder, count: number): Promise<string[]> {
    await waitFor(`${count} mails`, async () => (await this.mailKinds(order)).length >= count, 40_000);
    return this.mailKinds(order);
  }

  async stockedSku(onHand: number): Promise<string> {
    const sku = `SKU-${randomBytes(6).toString("hex")}`;
    await this.acme.put(`/v1/stock/${sku}`, { onHand });
    return sku;
  }

  async stock(sku: string) {
    const { onHand, reserved, available } = (await this.acme.get(`/v1/stock/${sku}`)).json;
    return { onHand, reserved, available };
  }

  /** How a run stands with Temporal; null where there is none. */
  async runStatus(workflowId: string): Promise<string | null> {
    try {
      return (await this.client.workflow.getHandle(workflowId).describe()).status.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** E1: nothing of the order is left outside. */
  async leavesNothing(order: PlacedOrder): Promise<void> {
    await waitFor("no live authorization, net money 0, every shipment cancelled", async () => {
      const { live, net } = await this.outside.money(order.id);
      const going = (await this.outside.shipments(order.id)).filter(({ status }) => status !== "cancelled");
      return live === 0 && net === 0 && going.length === 0;
    });
  }
}

/**
 * A port for a process that listens later. It is below those that the system gives to outgoing connections, which would
 * else take it meanwhile.
 */
function portOfOurOwn(): Promise<number> {
  return freePort(...Array.from({ length: 5 }, () => 10_000 + Math.floor(Math.random() * 22_000)));
}

function proxyTo(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return TcpProxy.to({ host: hostname, port: Number(port) });
}

function through(proxy: TcpProxy, url: string): string {
  const ours = new URL(url);
  ours.host = `127.0.0.1:${proxy.port}`;
  return ours.href;
}
