import { NEWS, type OpenRuns } from "../open-runs.js";
import { quantile } from "../quantile.js";
import type { Section } from "./section.js";

/** Open runs, as the report tells of them. */
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
        caption: "News for old runs after a worker's restart",
        columns: ["the worker", "ready after, s", "news applied after p50, s", "the last, s"],
        rows: restarts.map(({ how, readyMs, newsMs }) => [
          how,
          ...[readyMs, quantile(newsMs, 0.5), Math.max(...newsMs)].map((ms) => (ms / 1000).toFixed(2)),
        ]),
      },
    ],
    plots: [],
    ratios: {},
    notes: [
      "Orders placed through the API and carried to their wait for the parcel by one worker that keeps 1,000 runs in memory; the watch looks for their parcels after 50 s, and then at doubling pauses, while more are placed.",
      `News: the warehouse's event for ${NEWS} orders from all over the book at once, sent when the new worker takes work, until the book says the parcel has shipped.`,
      `The worker started last held ${rssAfterRestart.toFixed(0)} MiB after its news.`,
      "Memory is resident memory; PostgreSQL's counts what its processes share once for each.",
    ],
    figures: measured,
  };
}
