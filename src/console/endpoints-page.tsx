import type { components } from "../client/api-types.js";
import { ApiRefusal } from "./console-api.js";
import { ActionForm, Choice, Field, Follow, Live } from "./forms.js";
import { NextPage, Status, Time } from "./layout.js";
import { shownOnce } from "./shown-once.js";
import { type ConsoleAction, type ConsolePage, listQuery, typed, type View, type Visit } from "./visit.js";
import type { Delivery, Endpoint } from "./words.js";

type DeliveryPage = components["schemas"]["WebhookDeliveryList"];
type WithSecret = components["schemas"]["WebhookEndpointWithSecret"];

const PATH = "/console/webhooks";
const API = "/v1/webhook-endpoints";
const REFRESH_MS = 3_000;

/** Where a tenant's events are delivered. */
const endpointsPage: ConsolePage = {
  path: PATH,
  section: "webhooks",
  async show(visit) {
    const { items } = await visit.session.api.get<{ items: Endpoint[] }>(API, "merchant");
    return {
      title: "Webhooks",
      body: (
        <>
          <h1>Webhook endpoints</h1>
          <div class="columns">
            <section class="sheet" aria-label="Endpoints">
              {items.length === 0 ? <p>No events are delivered yet.</p> : <Endpoints items={items} />}
            </section>
            {visit.session.api.mayAct("merchant") && (
              <section class="sheet" aria-label="New endpoint">
                <h2>Deliver events to</h2>
                <ActionForm visit={visit} action={PATH} needs="merchant" label="Add the endpoint">
                  <Field
                    visit={visit}
                    action={PATH}
                    name="url"
                    label="Address"
                    type="url"
                    required
                    placeholder="https://shop.example/idem-events"
                  />
                  <Field
                    visit={visit}
                    action={PATH}
                    name="types"
                    label="Types"
                    hint="Separated by commas, such as order.confirmed, order.cancelled; all when empty."
                  />
                </ActionForm>
              </section>
            )}
          </div>
        </>
      ),
    };
  },
};

function Endpoints({ items }: { items: readonly Endpoint[] }) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Address</th>
            <th>Types</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, url, types, status, failingSince }) => (
            <tr>
              <td>
                <a href={`${PATH}/${id}`}>{url}</a>
              </td>
              <td>{types?.join(", ") ?? "all"}</td>
              <td>
                <Status value={status === "enabled" && failingSince !== null ? "failing" : status} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const FILTERS = [
  ["", "all"],
  ["pending", "pending"],
  ["delivered", "delivered"],
  ["failed", "failed"],
] as const;

/** One endpoint, what was delivered to it and how that went. */
const endpointPage: ConsolePage = {
  path: `${PATH}/:id`,
  section: "webhooks",
  async show(visit) {
    const { session, query, params } = visit;
    const path = apiPath(params);
    const [endpoint, { items, nextCursor }] = await Promise.all([
      session.api.get<Endpoint>(path, "merchant"),
      session.api.get<DeliveryPage>(`${path}/deliveries?${listQuery(query, 25, "status")}`, "merchant"),
    ]);
    const here = `${PATH}/${endpoint.id}`;
    return {
      title: endpoint.url,
      body: (
        <Follow visit={visit} every={query.get("cursor") ? undefined : REFRESH_MS}>
          <Live id="heading">
            <h1>
              {endpoint.url} <Status value={endpoint.status} />
            </h1>
            <p class="soft">
              <span class="id">{endpoint.id}</span> · {endpoint.types?.join(", ") ?? "all types"} · since{" "}
              <Time at={endpoint.createdAt} />
            </p>
            {endpoint.disabledAt && (
              <p class="box bad">
                It was disabled <Time at={endpoint.disabledAt} />:{" "}
                {endpoint.disabledReason === "gone" ? "it answered 410." : "it has accepted nothing for too long."}
              </p>
            )}
            {!endpoint.disabledAt && endpoint.failingSince && (
              <p class="box warn">
                It has accepted nothing since <Time at={endpoint.failingSince} />; it is tried again and again.
              </p>
            )}
          </Live>
          <div class="columns">
            <section class="sheet" aria-label="Deliveries">
              <h2>Deliveries</h2>
              <ul class="chips" aria-label="Status">
                {FILTERS.map(([value, label]) => (
                  <li>
                    <a
                      href={value === "" ? here : `${here}?status=${value}`}
                      aria-current={(query.get("status") ?? "") === value ? "true" : undefined}
                    >
                      {label}
                    </a>
                  </li>
                ))}
              </ul>
              <Live id="deliveries">
                {items.length === 0 && <p>There is none.</p>}
                {items.map((delivery) => (
                  <DeliveryItem visit={visit} endpoint={endpoint} delivery={delivery} />
                ))}
              </Live>
              <NextPage path={here} query={query} cursor={nextCursor} />
            </section>
            <EndpointForms visit={visit} endpoint={endpoint} />
          </div>
        </Follow>
      ),
    };
  },
};

function DeliveryItem({ visit, endpoint, delivery }: { visit: Visit; endpoint: Endpoint; delivery: Delivery }) {
  const { id, type, orderId, occurredAt, status, attempts, attemptCount, nextAttemptAt } = delivery;
  const again = `${PATH}/${endpoint.id}/deliveries/${id}/redeliver`;
  return (
    <details id={id}>
      <summary>
        {type} <Status value={status} />{" "}
        <small>
          <Time at={occurredAt} />
        </small>
      </summary>
      <p>
        {orderId && (
          <a class="id" href={`/console/orders/${orderId}`}>
            {orderId}
          </a>
        )}{" "}
        {attemptCount} attempts
        {status === "pending" && nextAttemptAt && (
          <>
            , the next <Time at={nextAttemptAt} />
          </>
        )}
      </p>
      <ol>
        {attempts.map(({ at, durationMs, statusCode, error, excerpt }) => (
          <li>
            <Time at={at} />: {statusCode ?? error} after {durationMs} ms {excerpt && <code>{excerpt}</code>}
          </li>
        ))}
      </ol>
      <ActionForm visit={visit} action={again} needs="merchant" label="Deliver again" quiet />
    </details>
  );
}

const RANGES = { "of the last hour": 1, "of the last day": 24, "of the last week": 168 };

/** Each from a time that the form carries, so that a second press asks for the same. */
function ranges(): (readonly [from: string, label: string])[] {
  const now = Date.now();
  return Object.entries(RANGES).map(([label, hours]) => [new Date(now - hours * 3_600_000).toISOString(), label]);
}

function EndpointForms({ visit, endpoint: { id, status } }: { visit: Visit; endpoint: Endpoint }) {
  if (!visit.session.api.mayAct("merchant")) return null;
  const at = (verb: string) => `${PATH}/${id}/${verb}`;
  return (
    <section class="sheet" aria-label="Actions">
      <h2>Actions</h2>
      {status === "disabled" && <ActionForm visit={visit} action={at("enable")} needs="merchant" label="Enable" />}
      <p>
        <ActionForm visit={visit} action={at("ping")} needs="merchant" label="Send a ping" quiet />
      </p>
      <ActionForm visit={visit} action={at("redeliver")} needs="merchant" label="Deliver again">
        <Choice visit={visit} action={at("redeliver")} name="from" label="Events" options={ranges()} />
      </ActionForm>
      <details>
        <summary>New secret</summary>
        <p>The old one signs as well for a day, so that the shop can change over.</p>
        <ActionForm visit={visit} action={at("rotate")} needs="merchant" label="Make a new secret" danger />
      </details>
      <details>
        <summary>Delete</summary>
        <p>Nothing more is delivered, and the attempts are forgotten.</p>
        <ActionForm visit={visit} action={at("delete")} needs="merchant" label="Delete the endpoint" danger />
      </details>
    </section>
  );
}

function secretView({ id, url, secret }: WithSecret): View {
  const says = "It signs every delivery (Standard Webhooks) and is shown here only.";
  return shownOnce({ heading: `The secret of ${url}`, says, secret, next: `${PATH}/${id}` });
}

function pagePath({ id = "" }: Visit["params"]): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function apiPath({ id = "" }: Visit["params"]): string {
  return `${API}/${encodeURIComponent(id)}`;
}

/** What is not there is deleted, also by the press before. */
function doneIfMissing(error: unknown): void {
  if (!(error instanceof ApiRefusal) || error.problem.status !== 404) throw error;
}

function aboutEndpoint(verb: string, act: ConsoleAction["act"]): ConsoleAction {
  return { path: `${PATH}/:id/${verb}`, page: endpointPage, act };
}

export const ENDPOINT_PAGES: readonly ConsolePage[] = [endpointsPage, endpointPage];

export const ENDPOINT_ACTIONS: readonly ConsoleAction[] = [
  {
    path: PATH,
    page: endpointsPage,
    async act({ session, form, key }) {
      const types = typed(form, "types")
        ?.split(",")
        .map((type) => type.trim())
        .filter(Boolean);
      const body = { url: typed(form, "url"), ...(types && { types }) };
      return secretView(await session.api.post<WithSecret>("merchant", API, body, key));
    },
  },
  aboutEndpoint("rotate", async ({ session, params, key }) =>
    secretView(await session.api.post<WithSecret>("merchant", `${apiPath(params)}/rotate`, {}, key)),
  ),
  aboutEndpoint("ping", async ({ session, params, key }) => {
    await session.api.post("merchant", `${apiPath(params)}/ping`, {}, key);
    return { to: pagePath(params), notice: "pinged" };
  }),
  aboutEndpoint("enable", async ({ session, params, key }) => {
    await session.api.post("merchant", `${apiPath(params)}/enable`, {}, key);
    return { to: pagePath(params), notice: "enabled" };
  }),
  aboutEndpoint("delete", async ({ session, params }) => {
    await session.api.delete("merchant", apiPath(params)).catch(doneIfMissing);
    return { to: PATH, notice: "deleted" };
  }),
  aboutEndpoint("redeliver", async ({ session, params, form, key }) => {
    await session.api.post("merchant", `${apiPath(params)}/redeliver`, { from: typed(form, "from") }, key);
    return { to: pagePath(params), notice: "redelivered" };
  }),
  aboutEndpoint("deliveries/:delivery/redeliver", async ({ session, params, key }) => {
    const path = `${apiPath(params)}/deliveries/${encodeURIComponent(params["delivery"] ?? "")}/redeliver`;
    await session.api.post("merchant", path, {}, key);
    return { to: pagePath(params), notice: "redelivered" };
  }),
];
