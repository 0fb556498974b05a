import type { OperationName } from "./faults.js";
import type { SimulatedRun } from "./simulated-run.js";
import { START } from "./virtual-time.js";
import type { World } from "./world.js";

/** Loses the run of the order or of a refund, once, while the operation that the scenario names is in progress. */
export class RunLoss {
  /** When the run was lost; the start of the simulation before. Epoch milliseconds. */
  lostAt = START;
  private readonly world: World;
  /** The run that is lost, and the operation that was in progress. */
  private lost: { run: SimulatedRun; operation: OperationName; isCounted: boolean } | null = null;

  constructor(world: World) {
    this.world = world;
  }

  /** @param name of the operation, such as `refund/ref_...` */
  called(operation: OperationName, name: string): void {
    const { random, time, temporal, scenario } = this.world;
    const { losesRun } = scenario.faults;
    if (losesRun?.operation !== operation || this.lost) return;
    const run = operation === "refund" ? temporal.open(name) : temporal.openRunOfOrder;
    if (!run) return;
    this.lost = { run, operation, isCounted: false };
    time.schedule(random.between(0, 200), () => {
      if (!run.isOpen) return;
      this.world.log(() => `the run ${run.runId} is lost: ${losesRun.state}`);
      temporal.lose(run, losesRun.state);
      this.lostAt = time.now;
    });
  }

  /** Counts the loss once another run goes on in its place. */
  started(run: SimulatedRun): void {
    const { lost } = this;
    if (!lost || lost.isCounted || lost.run.isOpen) return;
    const follows =
      lost.operation === "refund" ? run.workflowId === lost.run.workflowId : run.workflowId.startsWith("takeover/");
    if (!follows) return;
    lost.isCounted = true;
    this.world.table.hit(lost.operation, "run lost and taken over");
  }
}
