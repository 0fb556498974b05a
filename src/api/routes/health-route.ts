import { alertsOf, liveWorkers } from "../../domain/health.js";
import { ProblemError } from "../../domain/problem-error.js";
import { presentTime } from "../present-time.js";
import type { Route } from "./route.js";

/** How the service is, without what belongs to a tenant: its attentions are in `GET /v1/attentions`. */
export const readHealthRoute: Route = {
  method: "get",
  path: "/v1/health",
  role: "operator",
  handle: (deps) => async (c) => {
    const health = deps.health();
    if (!health) throw new ProblemError("unavailable", "The order database does not answer.", { retryAfterSeconds: 2 });
    const alerts = alertsOf({ ...health, attentions: [] }, Date.now());
    return c.json({
      status: alerts.length > 0 || !health.temporal ? "degraded" : "ok",
      version: deps.version,
      temporal: health.temporal ? "up" : "down",
      queues: liveWorkers(health),
      workers: health.workers.map((worker) => ({ ...worker, lastSeenAt: new Date(worker.lastSeenAt).toISOString() })),
      providers: Object.entries(health.providers).map(([provider, { state, failure, ...times }]) => ({
        provider,
        state,
        answeredAt: presentTime(times.answeredAt),
        failedAt: presentTime(times.failedAt),
        failingSince: presentTime(times.failingSince),
        failure,
        undecided: health.operations.find((one) => one.provider === provider)?.count ?? 0,
      })),
      stranded: health.temporal?.stranded ?? [],
      outbox: health.outbox,
      alerts: alerts.map(({ name, text }) => ({ name, text })),
    });
  },
};
