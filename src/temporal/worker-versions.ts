import { type Client, type Connection, isGrpcServiceError } from "@temporalio/client";
import type { WorkerVersion } from "../domain/health.js";

/** The Worker Deployment that every build of Idem is a version of. */
export const DEPLOYMENT = "idem";

/** By the numbers of `temporal.api.enums.v1.WorkerDeploymentVersionStatus`. */
const STATES: Record<number, WorkerVersion["state"]> = {
  1: "inactive",
  2: "current",
  3: "ramping",
  4: "draining",
  5: "drained",
};
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** The builds that Temporal knows; none where no worker ever had a build id. */
export async function listVersions(client: Client): Promise<WorkerVersion[]> {
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo } = await serviceOf(client).describeWorkerDeployment({
      namespace,
      deploymentName: DEPLOYMENT,
    });
    return (workerDeploymentInfo?.versionSummaries ?? []).flatMap(({ deploymentVersion, status, createTime }) =>
      deploymentVersion?.buildId
        ? [
            {
              buildId: deploymentVersion.buildId,
              state: STATES[status ?? 0] ?? "inactive",
              since: Number(createTime?.seconds ?? 0) * 1_000,
            },
          ]
        : [],
    );
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return [];
    throw error;
  }
}

/** Lets runs begin on a build from now on; false while Temporal has not met a worker of it. */
export async function makeCurrent(client: Client, buildId: string): Promise<boolean> {
  const { namespace, identity } = client.options;
  try {
    await serviceOf(client).setWorkerDeploymentCurrentVersion({
      ...{ namespace, identity, buildId, deploymentName: DEPLOYMENT },
      // An earlier build may serve queues that this one has no more; what waits there is its own.
      ignoreMissingTaskQueues: true,
    });
    return true;
  } catch (error) {
    if (hasCode(error, NOT_FOUND, FAILED_PRECONDITION)) return false;
    throw error;
  }
}

/** Forgets a drained build, of which Temporal keeps a limited number. */
export async function removeVersion(client: Client, buildId: string): Promise<void> {
  const { namespace, identity } = client.options;
  const deploymentVersion = { deploymentName: DEPLOYMENT, buildId };
  await serviceOf(client)
    .deleteWorkerDeploymentVersion({ namespace, identity, deploymentVersion })
    .catch((error: unknown) => {
      if (!hasCode(error, NOT_FOUND, FAILED_PRECONDITION)) throw error; // it is gone, or a worker of it still asks
    });
}

/** How many open runs are pinned to a build. */
export async function countPinnedRuns(client: Client, buildId: string): Promise<number> {
  const version = JSON.stringify(`${DEPLOYMENT}:${buildId}`);
  const { count } = await client.workflow.count(
    `ExecutionStatus = "Running" and TemporalWorkerDeploymentVersion = ${version}`,
  );
  return count;
}

function serviceOf(client: Client): Connection["workflowService"] {
  return (client.connection as Connection).workflowService;
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return isGrpcServiceError(error) && codes.includes(error.code);
}
