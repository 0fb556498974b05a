import { type Kysely, sql } from "kysely";
import { PROVIDERS, type Health, type ProviderCalls, stateOf } from "../../domain/health.js";
import { STATUSES } from "../../domain/status.js";
import type { Tables } from "../schema.js";

type Figures = Omit<Health, "workers" | "providers" | "temporal"> & {
  workers: (Health["workers"][number] & { calls: Partial<Record<string, ProviderCalls>> | null })[];
};

const rowsOf = (query: string) => `(select coalesce(json_agg(figure), '[]') from (${query}) as figure)`;
const ageOf = (time: string) => `extract(epoch from now() - min(${time}))::float8`;

/** What is counted no further: so a backlog, however long, costs no more than a few milliseconds. */
const MOST_ORDERS_OF_A_STATUS = 100_000;
const MOST_DELIVERIES_OF_AN_ENDPOINT = 10_000;

const DISABLED = "disabled_at > now() - interval '1 day' and deleted_at is null";

/**
 * Every part is read from an index that holds nothing else, so it costs what is open and not what there is. Emails take two
 * selects, since no index has both.
 */
const READ_HEALTH = `
  select ${rowsOf(`
    select cause, currency, count(*)::int as count, sum(amount)::float8 as amount, ${ageOf("since")} as "oldestSeconds",
      extract(epoch from max(since))::float8 * 1000 as "newestAt",
      count(*) filter (where acknowledged_at is null and resolution is null)::int as unacknowledged
    from attentions join orders on orders.id = order_id where resolved_at is null group by cause, currency`)} as attentions,
  ${rowsOf(`
    select case when name ~ '^(request|recall)' then 'warehouse' else 'payment' end as provider,
      count(*)::int as count, ${ageOf("first_attempt_at")} as "oldestSeconds"
    from operations where result is null and first_attempt_at < now() - interval '5 seconds' group by 1`)} as operations,
  ${rowsOf(`
    select status, count(*)::int as count from (
      select status from emails where status = 'queued'
      union all select status from emails where status in ('refused', 'unknown')) as emails group by status`)} as emails,
  ${rowsOf(`
    select status, count from unnest(array['${STATUSES.join("', '")}']) as status, lateral (
      select count(*)::int as count from (
        select from orders where orders.status = status.status and closed_at is null limit ${MOST_ORDERS_OF_A_STATUS}) as counted
    ) as counts where count > 0`)} as orders,
  (select json_build_object('rows', count(*)::int, 'oldestSeconds', coalesce(${ageOf("created_at")}, 0)) from outbox) as outbox,
  (select json_build_object('pending', coalesce(sum(pending), 0)::int, 'oldestSeconds', coalesce(${ageOf("oldest")}, 0),
      'disabled', (select count(*)::int from webhook_endpoints where ${DISABLED}),
      'newestAt', (select coalesce(extract(epoch from max(disabled_at))::float8 * 1000, 0) from webhook_endpoints where ${DISABLED}))
    from webhook_endpoints as endpoint, lateral (
      select count(*) as pending, min(created_at) as oldest from (
        select created_at from webhook_deliveries where endpoint_id = endpoint.id and status = 'pending'
        order by seq limit ${MOST_DELIVERIES_OF_AN_ENDPOINT}) as counted
    ) as deliveries
    where disabled_at is null and deleted_at is null) as webhooks,
  ${rowsOf(`
    select id, queues, build_id as "buildId", version, extract(epoch from last_seen_at)::float8 * 1000 as "lastSeenAt",
      last_seen_at > now() - interval '20 seconds' as lives, provider_calls as calls
    from workers order by last_seen_at desc`)} as workers`;

/** How the service is at this moment, over all tenants. Throws DatabaseUnavailableError. */
export async function readHealth(db: Kysely<Tables>): Promise<Omit<Health, "temporal">> {
  const { rows } = await sql<Figures>`${sql.raw(READ_HEALTH)}`.execute(db);
  const [figures] = rows;
  if (!figures) throw new Error("a select without a table brings one row");
  const living = figures.workers.filter(({ lives }) => lives);
  const workers = figures.workers.map(({ id, queues, buildId, version, lastSeenAt, lives }) => ({
    ...{ id, queues, buildId, version, lastSeenAt, lives },
  }));
  const states = PROVIDERS.map((name) => {
    const calls = living.flatMap(({ calls: of }) => of?.[name] ?? []);
    return [name, stateOf(calls)] as const;
  });
  return {
    ...figures,
    workers,
    providers: Object.fromEntries(states) as Health["providers"],
  };
}
