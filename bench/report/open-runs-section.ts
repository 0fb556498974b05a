import { EVENTS, type OpenRuns } from "../open-runs.js";
import { quantile } from "../quantile.js";
import type { Section } from "./section.js";

/** Memory and restarts with many open runs. */
export function openRunsSection(measured: OpenRuns): Section {
  const { count, readings, restarts, rssAfterRestart } = measured;
  const roles = ["worker", "temporal", "postgres", "api"] as const;
  const shownReadings = readings.filter(
    ({ open }, index) => index < 2 || index === readings.length - 1 || open % 5_000 === 0,
  );
  return {
    name: "open-runs",
    title: `${count.toLocaleString("en")} open runs`,
    tables: [
      {
        caption: "Memory while runs wait for their shipment, MiB",
        columns: ["open runs", "after s", ...roles],
        rows: shownReadings.map(({ open, afterS, rssMiB }) => [
          open.toLocaleString("en"),
          afterS.toFixed(0),
          ...roles.map((role) => (rssMiB[role] ?? Number.NaN).toFixed(0)),
        ]),
      },
      {
        caption: "Events for old runs after a worker's restart",
        columns: ["the worker", "ready after, s", "events applied after p50, s", "the last, s"],
        rows: restarts.map(({ how, readyMs, appliedMs }) => [
          how,
          ...[readyMs, quantile(appliedMs, 0.5), Math.max(...appliedMs)].map((ms) => (ms / 1000).toFixed(2)),
        ]),
      },
    ],
    plots: [],
    ratios: {},
    notes: [
      "Orders placed through the API and carried to their wait for the shipment by one worker that keeps 1,000 runs in memory; the provider poller polls their shipments after 50 s, and then at doubling intervals, while more are placed.",
      `Events: the warehouse's shipped event for ${EVENTS} orders from all over the database at once, sent when the new worker polls for tasks, until the database has the shipment as shipped.`,
      `The worker that started last held ${rssAfterRestart.toFixed(0)} MiB after its events.`,
      "Memory is resident memory; PostgreSQL's counts shared memory once for each of its processes.",
    ],
    figures: measured,
  };
}
