import type { BenchService } from "../bench-service.js";
import { log } from "../log.js";
import { median } from "../quantile.js";
import type { StubProviders } from "../stub-providers/stub-providers.js";
import { comparison, idem, plainSaga, type System } from "../systems.js";
import { type Arrivals, measureArrivals } from "./measure-arrivals.js";
import { type FloorRound, measureFloor } from "./measure-floor.js";
import { measureRound, type Round } from "./measure-round.js";
import { measureRunCosts, type RunCosts } from "./measure-run-costs.js";
import type { Plan } from "./plan.js";

export interface SideBySide {
  plan: Plan;
  /** By the name of the system. */
  rounds: Record<string, Round[]>;
  floor: FloorRound[];
  costs: RunCosts;
  bursts: Arrivals[];
  /** The plain saga's arrivals, each before the burst of the same index. */
  sagaArrivals: Arrivals[];
  steady: Arrivals;
}

/** Orders until they are confirmed: Idem, a plain saga, the floor and, if asked for, DBOS and Restate, in turn. */
export async function measureSideBySide(
  service: BenchService,
  providers: StubProviders,
  plan: Plan,
  withComparisons: boolean,
): Promise<SideBySide> {
  const ours = await idem(service, providers);
  const saga = await plainSaga(service);
  const systems: System[] = [ours, saga];
  if (withComparisons) for (const name of ["DBOS", "Restate"] as const) systems.push(await comparison(service, name));
  log("warming up");
  for (const system of systems) await measureRound(system, { ...plan, orders: plan.warmUp });
  const { rounds, floor } = await measureRounds(service, systems, saga, plan);
  const costs = await measureRunCosts(service, ours, saga);
  const rate = ({ name }: System) => median((rounds[name] ?? []).map(({ perSecond }) => perSecond));
  const sagaArrivals: Arrivals[] = [];
  const bursts: Arrivals[] = [];
  for (let time = 1; time <= plan.burst.times; time++) {
    log(`burst ${time} of ${plan.burst.times}: ${plan.burst.perSecond * plan.burst.seconds} orders`);
    sagaArrivals.push(await measureArrivals(saga, rate(saga), plan.arrivalsS));
    bursts.push(await measureArrivals(ours, plan.burst.perSecond, plan.burst.seconds));
  }
  const steady = await measureArrivals(ours, rate(ours) * 0.8, plan.arrivalsS);
  return { plan, rounds, floor, costs, bursts, sagaArrivals, steady };
}

async function measureRounds(service: BenchService, systems: readonly System[], saga: System, plan: Plan) {
  const rounds: Record<string, Round[]> = Object.fromEntries(systems.map(({ name }) => [name, []]));
  const floor: FloorRound[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const system of systems) {
      log(`round ${round} of ${plan.rounds}: ${system.name}`);
      rounds[system.name]?.push(await measureRound(system, plan));
    }
    floor.push(await measureFloor(service, saga, plan.orders));
  }
  return { rounds, floor };
}
