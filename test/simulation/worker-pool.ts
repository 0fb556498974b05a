import { createActivities } from "../../activities/index.js";
import { type AppProcess, createProcess } from "./app-process.js";
import { type CallFault, Faults, type OperationName } from "./faults.js";
import { createGateways } from "./gateways.js";
import { EMAIL_DOMAIN } from "./judge.js";
import type { Plant } from "./plant.js";
import { Worker } from "./worker.js";
import type { World } from "./world.js";

const WORKERS = 2;
/** How likely a run goes on at another worker, which has to replay it. */
const EVICTED = 0.02;

interface Observer {
  /** Called for each call to a provider as it leaves. */
  called(operation: OperationName, key: string, fault: CallFault | null): void;
  /** Called for each step as it is executed. */
  executed(step: string): void;
}

/** The workers: each that dies, as the scenario wants it, is replaced. */
export class WorkerPool {
  private readonly workers: Worker[] = [];
  private readonly deaths: number[];
  private readonly faults: Faults;
  private readonly world: World;
  private readonly plant: Plant;
  private readonly observer: Observer;

  constructor(world: World, plant: Plant, observer: Observer) {
    const { faults } = world.scenario;
    this.world = world;
    this.plant = plant;
    this.observer = observer;
    this.deaths = [...faults.workerDiesAfter];
    this.faults = new Faults(faults);
    for (let index = 0; index < WORKERS; index++) this.workers.push(this.startWorker());
  }

  /** The worker of a run's next task: the last one as a rule, while it lives. */
  next(last: Worker | null): Worker {
    const { random } = this.world;
    const living = this.workers.filter(({ process }) => process.isAlive);
    if (last && living.includes(last) && !random.chance(EVICTED)) return last;
    return random.pick(living);
  }

  private startWorker(): Worker {
    const { random, time, table, store, providers, temporal } = this.world;
    const process = createProcess(this.world, (dying) => this.dies(dying), 1);
    const { payments, warehouse, email } = createGateways(process, providers, {
      ...{ time, random, faults: this.faults },
      called: (operation, key, fault) => this.observer.called(operation, key, fault),
      refused: (operation) => table.hit(operation, "refusal"),
    });
    const activities = createActivities({
      ...{ database: process.database, payments, warehouse, email, emailDomain: EMAIL_DOMAIN },
      ...{ returnUrl: "https://shop.example", retentionDays: null, runs: temporal },
    });
    const planted = this.plant.activities?.(activities, { database: process.database, order: () => store.order });
    return new Worker(process, { ...activities, ...planted }, time, {
      executed: (step) => this.observer.executed(step),
      violated: (what) => this.world.violated(what),
      log: (line) => this.world.log(line),
    });
  }

  /** Asked before and after each effect of a worker. */
  private dies(process: AppProcess): boolean {
    const [left] = this.deaths;
    if (left === undefined) return false;
    this.deaths[0] = left - 1;
    if (left > 0) return false;
    this.deaths.shift();
    this.world.log(() => "a worker dies");
    process.die();
    this.workers.push(this.startWorker());
    return true;
  }
}
