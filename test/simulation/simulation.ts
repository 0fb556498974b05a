import { findOperation, isClosed, type Order } from "../../src/domain/order.js";
import { type AppProcess, createProcess } from "./app-process.js";
import { Background } from "./background.js";
import { Commands } from "./commands.js";
import { EmailServer } from "./email-server.js";
import { FaultTable } from "./fault-table.js";
import { type CallFault, type Fault, FAULTS, type OperationName } from "./faults.js";
import type { Providers } from "./gateways.js";
import { type ActivityInfo, provideActivityInfo } from "./in-memory-modules.js";
import { judge, judgeRunEnd } from "./judge.js";
import { Liveness } from "./liveness.js";
import { attentionToSeeTo } from "./operator.js";
import { OrderStore } from "./order-store.js";
import { PaymentProvider } from "./payment-provider.js";
import { type Plant, plantedStories } from "./plant.js";
import { ProviderTransitions } from "./provider-transitions.js";
import { Random } from "./random.js";
import { RunLoss } from "./run-loss.js";
import { drawScenario, type Scenario } from "./scenario.js";
import type { SimulatedRun } from "./simulated-run.js";
import { SimulatedTemporal } from "./simulated-temporal.js";
import { START, VirtualTime } from "./virtual-time.js";
import { Warehouse } from "./warehouse.js";
import { Webhooks } from "./webhooks.js";
import { WorkerPool } from "./worker-pool.js";
import type { World } from "./world.js";

export interface Simulated {
  seed: number;
  orderId: string;
  /** Calls to the providers. */
  calls: number;
  violations: string[];
  table: FaultTable;
  /** The story as a person reads it; empty unless it was asked for. */
  story: string[];
  runs: readonly SimulatedRun[];
  /** How the order ended. */
  end: string;
}

/** One order from its acceptance until nothing happens any more, in a world that a seed decides. */
export async function simulate(seed: number, plant: Plant = {}, isLogged = false): Promise<Simulated> {
  return new Simulation(seed, plant, isLogged).run();
}

class Simulation implements World {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly table = new FaultTable();
  readonly store: OrderStore;
  readonly providers: Providers;
  readonly webhooks: Webhooks;
  readonly temporal: SimulatedTemporal;
  changedAt = START;
  private readonly seed: number;
  private readonly isLogged: boolean;
  private readonly violations = new Set<string>();
  private readonly story: string[] = [];
  private calls = 0;
  private readonly runLoss = new RunLoss(this);
  private readonly liveness = new Liveness(this, this.runLoss);
  private readonly background = new Background(this, this.liveness);
  private readonly transitions = new ProviderTransitions(this);
  private readonly commands: Commands;
  private readonly workers: WorkerPool;

  constructor(seed: number, plant: Plant, isLogged: boolean) {
    this.seed = seed;
    this.isLogged = isLogged;
    this.random = new Random(seed);
    this.scenario = drawScenario(seed, this.random);
    this.time = new VirtualTime(this.random);
    this.store = this.createStore();
    this.providers = this.createProviders();
    const api = createProcess(this, () => false, 0);
    this.webhooks = this.createWebhooks(api);
    this.temporal = this.createTemporal(plant);
    this.commands = new Commands(this, api, this.liveness);
    this.workers = new WorkerPool(this, plant, {
      called: (operation, key, fault) => this.called(operation, key, fault),
      executed: (step) => this.liveness.executed(step),
    });
  }

  async run(): Promise<Simulated> {
    const { order, cancelsAfterMs, addressAfterMs } = this.scenario;
    provideActivityInfo(() => this.time.context as ActivityInfo | null);
    this.temporal.deliver({ workflow: "order", subjectId: order.id, name: null, number: null });
    this.background.start();
    if (addressAfterMs !== null) this.time.schedule(addressAfterMs, () => this.commands.changeAddress());
    if (cancelsAfterMs !== null) this.time.schedule(cancelsAfterMs, () => this.commands.cancel());
    while (this.violations.size === 0 && !this.isQuiet() && (await this.time.step())) this.liveness.checkBounds();
    if (this.violations.size === 0)
      for (const violation of judge(this.store.order, this.providers)) this.violated(violation);
    const { seed, calls, table, story } = this;
    const { status, failure } = this.store.order;
    const end = failure ? `${status}, ${failure.code}` : status;
    return {
      ...{ seed, orderId: order.id, calls, violations: [...this.violations], table, story },
      ...{ runs: this.temporal.runs, end },
    };
  }

  violated(what: string): void {
    this.log(() => `VIOLATION: ${what}`);
    this.violations.add(what);
  }

  log(line: () => string): void {
    if (!this.isLogged) return;
    const ms = this.time.now - START;
    this.story.push(`${(ms / 1_000).toFixed(3).padStart(12)} s  ${line()}`);
  }

  /** Nothing is in progress, and a last poll of the providers finds nothing new. */
  private isQuiet(): boolean {
    if (this.time.busy > 0 || this.temporal.openRuns.length > 0) return false;
    const { order } = this.store;
    if (!isClosed(order) || attentionToSeeTo(order)) return false;
    return !this.background.findsNew({ isFinal: true });
  }

  private createStore(): OrderStore {
    return new OrderStore(this.scenario.order, this.scenario.free, {
      changed: (next) => this.changed(next),
      stored: () => (this.changedAt = this.time.now),
      left: (row) => this.temporal.deliver(row),
      violated: (what) => this.violated(what),
    });
  }

  private createProviders(): Providers {
    const { payment, emails } = this.scenario;
    const now = () => this.time.now;
    return {
      payment: new PaymentProvider(payment, this.transitions, now),
      warehouse: new Warehouse({
        accepted: (shipment) => this.transitions.shipmentAccepted(shipment),
        changed: (shipment) => this.transitions.shipmentChanged(shipment),
      }),
      email: new EmailServer(emails, this.random),
    };
  }

  private createWebhooks(api: AppProcess): Webhooks {
    return new Webhooks({
      ...{ time: this.time, random: this.random, table: this.table, api },
      order: () => this.store.order,
      log: (line) => this.log(line),
    });
  }

  private createTemporal(plant: Plant): SimulatedTemporal {
    return new SimulatedTemporal(this.scenario.order.id, plantedStories(plant), {
      random: this.random,
      host: {
        now: () => this.time.now,
        schedule: (delayMs, work) => this.time.schedule(delayMs, work),
        workerOf: (last) => this.workers.next(last),
        lagMs: () => this.random.between(1, 20),
        ended: (run, answer) => {
          this.log(() => `the run ${run.runId} ends: ${JSON.stringify(answer)}`);
          for (const violation of judgeRunEnd(run.workflowId, answer, this.store.order)) this.violated(violation);
        },
        violated: (what) => this.violated(what),
        log: (line) => this.log(line),
      },
      started: (run) => this.runLoss.started(run),
    });
  }

  private changed(order: Order): void {
    this.changedAt = this.time.now;
    this.log(() => `saved v${order.version} ${order.status}`);
    this.background.changed();
    this.commands.changed(order);
  }

  /** A call leaves for a provider: it is begun by then, and nothing else is asked under its key. */
  private called(operation: OperationName, key: string, fault: CallFault | null): void {
    this.calls++;
    const { order } = this.store;
    const attempt = key.slice(order.id.length + 1);
    const name = attempt.replace(/#\d+$/, "");
    this.liveness.asked(name);
    this.log(() => `call ${attempt}${fault ? `: ${fault}` : ""}`);
    const known = findOperation(order, name);
    if (!known || known.firstAttemptAt === null) this.violated(`${name} is called and was not begun`);
    if (fault !== null && fault !== "refusal" && isFault(fault)) this.table.hit(operation, fault);
    this.runLoss.called(operation, name);
  }
}

function isFault(fault: CallFault): fault is CallFault & Fault {
  return (FAULTS as readonly string[]).includes(fault);
}
