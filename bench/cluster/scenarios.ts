import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { usageOf } from "../cpu-time.js";
import { type FullRun, medianRun, readFullRuns } from "../full-run.js";
import { DELIVERED } from "../stub-providers/effect-ledger.js";
import { startStubProviders } from "../stub-providers/stub-providers.js";
import { type Deployment, startDeployment, type Topology } from "./deployment.js";
import { measureRound, type Round } from "./measure.js";
import type { ClusterEngines } from "./start-engines.js";

const WARM_UP = 60;
const READ_RUNS = 10;
/** A shipment is first polled 50 s after its request and then after 100 s: src/database/save-order.ts, due-polls.ts. */
const POLLS = { notBeforeMs: 48_000, allWithinMs: 62_000 };

/** CPU in ms: for each second with nothing to do, and for each poll of a shipment that waits. */
export interface Waiting {
  idleMs: Record<string, number>;
  pollMs: Record<string, number>;
}

/** Orders until they are authorized, requested from the warehouse and confirmed by email; nothing ships. */
export async function untilConfirmed(
  engines: ClusterEngines,
  namespace: string,
  topology: Topology,
  orders: number,
): Promise<Round> {
  const deployment = await startDeployment(engines, namespace, topology, await startStubProviders());
  return audited(deployment, async () => {
    await measureRound(deployment, engines.runsUrl, WARM_UP, confirmed(deployment));
    deployment.cap();
    return measureRound(deployment, engines.runsUrl, orders, confirmed(deployment));
  });
}

/** Orders that wait for their shipment: first nothing happens, then each shipment is polled once. */
export async function whileWaiting(
  engines: ClusterEngines,
  namespace: string,
  topology: Topology,
  orders: number,
): Promise<Waiting> {
  const deployment = await startDeployment(engines, namespace, topology, await startStubProviders());
  return audited(deployment, async () => {
    const began = Date.now();
    await measureRound(deployment, engines.runsUrl, orders, confirmed(deployment));
    const allConfirmed = Date.now();
    const idle = await usedUntil(deployment, began + POLLS.notBeforeMs);
    const polling = await usedUntil(deployment, allConfirmed + POLLS.allWithinMs);
    const idleMs = Object.fromEntries(idle.used.map(([role, ms]) => [role, ms / idle.seconds]));
    const pollMs = Object.fromEntries(
      polling.used.map(([role, ms]) => [role, (ms - (idleMs[role] ?? 0) * polling.seconds) / orders]),
    );
    return { idleMs, pollMs };
  });
}

async function usedUntil({ pids }: Deployment, untilMs: number) {
  const [from, before] = [Date.now(), usageOf(pids).cpuMs];
  await pause(Math.max(0, untilMs - from));
  const { cpuMs } = usageOf(pids);
  const used = Object.entries(cpuMs).map(([role, ms]) => [role, ms - (before[role] ?? 0)] as const);
  return { seconds: (Date.now() - from) / 1000, used };
}

/** Orders until they are delivered, paid and completed, with all the events that this brings. */
export async function untilDelivered(
  engines: ClusterEngines,
  namespace: string,
  topology: Topology,
  orders: number,
): Promise<{ round: Round; run: FullRun }> {
  const providers = await startStubProviders();
  const deployment = await startDeployment(engines, namespace, topology, providers);
  const events = `${deployment.bases[0]}/webhooks`;
  providers.sendEvents({ fulfilmentUrl: `${events}/fulfilment`, stripeUrl: `${events}/stripe` });
  const client = new pg.Client({ connectionString: deployment.databaseUrl });
  await client.connect();
  const done = async (count: number) => {
    const target = (await completedOrders(client)).length + count;
    await providers.ledger.more(count, DELIVERED);
    while ((await completedOrders(client)).length < target) await pause(200);
  };
  return audited(deployment, async () => {
    await measureRound(deployment, engines.runsUrl, WARM_UP, done);
    const round = await measureRound(deployment, engines.runsUrl, orders, done);
    const workflowIds = (await completedOrders(client)).slice(-READ_RUNS).map((id) => `order/${id}`);
    const run = medianRun(await readFullRuns(engines.temporalAddress, namespace, workflowIds));
    return { round, run };
  }).finally(() => client.end());
}

async function completedOrders(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    "select id from orders where status = 'completed' order by closed_at",
  );
  return rows.map(({ id }) => id);
}

function confirmed({ providers }: Deployment) {
  return (orders: number) => providers.ledger.more(orders);
}

/** Does the work, audits the deployment and stops it. */
async function audited<T>(deployment: Deployment, work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    const { status, output } = await deployment.audit();
    if (status !== 0) throw new Error(`the audit found a difference:\n${output}`);
    return value;
  } finally {
    await deployment.stop();
  }
}
