import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

interface AlertBody {
  type: string;
  data: { alerts: { name: string; text: string }[]; ended: string[] };
}

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
/** Whatever is wrong is reported within this time (milliseconds). */
const REPORTED_WITHIN = 15_000;

let receiver: Server;
let answersWith = 204;
const received: AlertBody[] = [];
let idem: TestApp;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const headers = Object.fromEntries(
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(request.headers[name])]),
      );
      if (answersWith === 204) received.push(new Webhook(SECRET).verify(text, headers) as AlertBody);
      response.writeHead(answersWith).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  idem = await TestApp.start(24, {
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}`,
    ALERT_WEBHOOK_SECRET: SECRET,
    ALERT_EMAIL: "operators@shop.example",
  });
});
afterAll(() =>
  auditIsClean(idem)
    .finally(() => idem.stop())
    .finally(() => new Promise((resolve) => receiver.close(resolve))),
);

/** The samples of one metric in a process of ours, by their labels. */
async function samples(of: "api" | "worker", metric: string): Promise<[labels: string, value: number][]> {
  const port = [...idem[of].output.matchAll(/"port":(\d+),"msg":"metrics ready"/g)].at(-1)?.[1];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)$`, "gm"))].map(([, labels = "", value]) => [
    labels,
    Number(value),
  ]);
}

async function sample(of: "api" | "worker", metric: string, label: string): Promise<number | undefined> {
  return (await samples(of, metric)).find(([labels]) => labels.includes(label))?.[1];
}

const health = async () => (await idem.operator.get("/v1/health")).json;
const alerted = (name: string) => received.find(({ data }) => data.alerts.some((alert) => alert.name === name));
const logged = (process: { output: string }, message: string, orderId: string) =>
  process.output.split("\n").filter((line) => line.includes(`"msg":"${message}"`) && line.includes(orderId));

describe.sequential("within 15 s", () => {
  test("an attention shows in metrics, a log line, one alert and one email, with the money at stake", async () => {
    const order = await idem.placeWith("capture", "decline");
    await idem.reaches(order, "needs_attention");
    const labels = 'cause="capture_refused",currency="EUR"';
    for (const process of ["api", "worker"] as const) {
      const open = () => sample(process, "idem_attentions_open", labels);
      await waitFor(`the metric of the ${process}`, async () => (await open()) === 1, REPORTED_WITHIN);
      expect(await sample(process, "idem_attentions_amount_minor_units", labels)).toBe(order.body.total);
    }
    const [line, ...more] = logged(idem.worker, "attention raised", order.id);
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      level: "warn",
      cause: "capture_refused",
      amount: order.body.total,
      currency: "EUR",
    });
    const alert = await waitFor("the alert", () => alerted("attentions/capture_refused/EUR"), REPORTED_WITHIN);
    expect(alert.data.alerts[0]?.text).toMatch(/^1 open attention capture_refused, EUR \d+\.\d\d at stake/);
    const mails = () => idem.outside.mails("operators@shop.example");
    await waitFor("the email", async () => (await mails()).length > 0, REPORTED_WITHIN);
    expect(await mails()).toEqual([
      expect.objectContaining({ subject: expect.stringMatching(/^Idem: 1 open attention/) }),
    ]);
    await idem.resolve(order, "retry");
    await waitFor("the end", async () => (await samples("api", "idem_attentions_open")).length === 0, REPORTED_WITHIN);
  });

  test("a provider that is unavailable shows in metrics, in the health and in an alert, and so does its return", async () => {
    const faults = await Promise.all(
      (["authorize", "lookup"] as const).map((op) => idem.outside.fault(op, "fail-before", { count: -1 })),
    );
    const order = await idem.place();
    await waitFor(
      "the metric",
      async () => (await sample("api", "idem_provider_up", "payment")) === 0,
      REPORTED_WITHIN,
    );
    await waitFor(
      "the count",
      async () => (await sample("api", "idem_operations_undecided", "payment")) === 1,
      REPORTED_WITHIN,
    );
    const now = await waitFor(
      "the health",
      async () => {
        const answer = await health();
        return answer.status === "degraded" && answer;
      },
      REPORTED_WITHIN,
    );
    expect(now.providers).toContainEqual(
      expect.objectContaining({ provider: "payment", state: "down", failure: "unknown", undecided: 1 }),
    );
    await waitFor("the alert", () => alerted("provider/payment"), REPORTED_WITHIN);
    await Promise.all(faults.map((fault) => idem.outside.heal(fault)));
    await idem.reaches(order, "completed");
    await waitFor(
      "the return",
      async () => (await sample("api", "idem_provider_up", "payment")) === 1,
      REPORTED_WITHIN,
    );
    await waitFor("the health", async () => (await health()).status === "ok", REPORTED_WITHIN);
  });

  test("a receiver of alerts that answers 500 gets the alert again", async () => {
    const order = await idem.completed();
    answersWith = 500;
    await idem.outside.fault("refund", "refuse", { order: order.id });
    const refund = await idem.refund(order, { amount: 100 });
    await waitFor("a refusal", () => /alert not sent, it is sent again/.test(idem.api.output + idem.worker.output));
    expect(alerted("attentions/refund_refused/EUR")).toBeUndefined();
    answersWith = 204;
    await waitFor("the alert", () => alerted("attentions/refund_refused/EUR"), REPORTED_WITHIN);
    await idem.resolve(order, "retry");
    const path = `${order.path}/refunds/${refund.json.id}`;
    await waitFor("the refund", async () => (await idem.acme.get(path)).json.status === "succeeded");
  });
});

test("a worker that died is reported within 30 s by readiness, metrics, health and an alert of the API alone", async () => {
  await idem.worker.kill();
  const readiness = async () => (await fetch(`${idem.base}/readyz`)).json() as Promise<{ workers: string }>;
  await waitFor("readiness", async () => (await readiness()).workers === "down", 30_000);
  expect(await sample("api", "idem_workers_live", 'queue="orders"')).toBe(0);
  expect(await sample("api", "idem_workers_last_seen_timestamp_seconds", 'queue="effects"')).toBeLessThan(
    Date.now() / 1_000 - 15,
  );
  const now = await health();
  expect(now.queues).toEqual([
    { queue: "orders", workers: 0 },
    { queue: "effects", workers: 0 },
  ]);
  expect(now.workers).toEqual([expect.objectContaining({ lives: false, version: now.version })]);
  const { json: order } = await idem.acme.post("/v1/orders", idem.order());
  await waitFor("the alert", () => alerted("workers/orders") && alerted("workers/effects"), REPORTED_WITHIN);
  await idem.worker.start();
  await waitFor("readiness", async () => (await readiness()).workers === "up", 30_000);
  await waitFor("the end", () => received.some(({ data }) => data.ended.includes("workers/orders")), 90_000);
  await waitFor("the order", async () => (await idem.acme.get(`/v1/orders/${order.id}`)).json.status === "completed");
});

test("each alert was sent once, by one process", () => {
  const names = received.flatMap(({ data }) => data.alerts.map(({ name }) => name));
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});

test("the health is an operator's alone, and shows no tenant", async () => {
  expect((await idem.acme.get("/v1/health")).status).toBe(403);
  expect(JSON.stringify(await health())).not.toMatch(/acme|globex/);
});

test("the worker shows the metrics of the Temporal SDK too", async () => {
  expect((await samples("worker", "temporal_worker_task_slots_available")).length).toBeGreaterThan(0);
});
