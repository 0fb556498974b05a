import { isFinal, type Order, type TimelineEvent } from "../client/index.js";
import { formatMoney, parseMoney } from "../domain/format-money.js";
import { ProblemError } from "../domain/problem-error.js";
import { isCancellable } from "../domain/status.js";
import type { ConsoleApi } from "./console-api.js";
import { ActionForm, Field, Follow, Live } from "./forms.js";
import { Status, Time } from "./layout.js";
import { readKeyNames } from "./key-names.js";
import { ResolutionForm } from "./resolution-form.js";
import type { ConsoleAction, ConsolePage, Visit } from "./visit.js";
import { typed } from "./visit.js";
import { actorOf, CAUSES, detailsOf, type Execution, FAILURES, plain, type Refund, sentenceOf } from "./words.js";

const PATH = "/console/orders/:id";
/** While an order that is final is refunded. */
const REFRESH_MS = 2_000;

/** One order: its timeline in words, its money, and what may be done about it. */
export const orderPage: ConsolePage = {
  path: PATH,
  section: "orders",
  async show(visit, deps) {
    const { api } = visit.session;
    const path = apiPath(visit.params);
    const [order, { items: events }, { items: refunds }, execution, names] = await Promise.all([
      api.get<Order>(path),
      api.get<{ items: TimelineEvent[] }>(`${path}/events`),
      api.get<{ items: Refund[] }>(`${path}/refunds`),
      api.get<Execution>(`${path}/execution`),
      readKeyNames(visit.session, deps),
    ]);
    const { id, reference } = order;
    const isDone = isFinal(order);
    const isRefunding = refunds.some(({ status }) => status === "accepted");
    return {
      title: reference ?? id,
      body: (
        <Follow
          visit={visit}
          events={isDone ? undefined : `/console/orders/${id}/events?after=${events.at(-1)?.id ?? 0}`}
          every={isDone && isRefunding ? REFRESH_MS : undefined}
        >
          <Live id="heading">
            <h1>
              {reference === null ? "Order" : `Order ${reference}`} <Status value={order.status} />
            </h1>
            <Summary order={order} />
          </Live>
          <Live id="attention">
            <AttentionBox visit={visit} order={order} />
          </Live>
          <div class="columns">
            <div>
              <Live id="timeline">
                <Timeline events={events} currency={order.currency} names={names} />
              </Live>
            </div>
            <div>
              <Live id="actions">
                <Actions visit={visit} order={order} refunds={refunds} />
              </Live>
              <Live id="parts">
                <Money order={order} refunds={refunds} />
                <Repeats execution={execution} />
                <Shipments order={order} />
                <Emails execution={execution} />
                <Customer order={order} />
                <Operations execution={execution} currency={order.currency} />
              </Live>
            </div>
          </div>
        </Follow>
      ),
    };
  },
};

function Summary({ order }: { order: Order }) {
  const { id, failure, payment, createdAt, links } = order;
  return (
    <>
      <p class="soft">
        <span class="id">{id}</span> · created <Time at={createdAt} /> ·{" "}
        <a href={links.run}>its run in the Temporal UI</a>
      </p>
      {failure && (
        <p class="box bad">
          {FAILURES[failure.code]}{" "}
          {failure.reason &&
            [failure.reason.declineCode ?? failure.reason.code, failure.reason.message].filter(Boolean).join(": ")}
        </p>
      )}
      {payment.nextAction && (
        <p class="box warn">
          The customer must confirm the payment: <a href={payment.nextAction.url}>the page they are sent to</a>
        </p>
      )}
    </>
  );
}

interface TimelineOptions {
  events: readonly TimelineEvent[];
  currency: string;
  /** Of API keys, by their ids. */
  names: ReadonlyMap<string, string>;
}

function Timeline({ events, currency, names }: TimelineOptions) {
  return (
    <section class="sheet" aria-label="Timeline">
      <h2>Timeline</h2>
      <ol class="timeline">
        {events.map((event) => {
          const details = detailsOf(event, currency);
          return (
            <li id={`event-${event.id}`}>
              <p>{sentenceOf(event)}</p>
              {details.length > 0 && <p>{details.map(([name, value]) => `${name} ${value}`).join(" · ")}</p>}
              <p class="soft">
                <Time at={event.at} /> · {actorOf(event, names)}
              </p>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function AttentionBox({ visit, order: { id, attention, currency } }: { visit: Visit; order: Order }) {
  if (!attention) return null;
  return (
    <section class="sheet" aria-label="Attention">
      <h2>Needs attention</h2>
      <p>
        {CAUSES[attention.cause]} <strong>{formatMoney(attention.amount, currency)}</strong> at stake since{" "}
        <Time at={attention.since} />.
      </p>
      {attention.resolution ? (
        <p class="box warn">“{plain(attention.resolution.action)}” was accepted and is being carried out.</p>
      ) : (
        <ResolutionForm visit={visit} orderId={id} attention={attention} />
      )}
    </section>
  );
}

function Actions({ visit, order, refunds }: { visit: Visit; order: Order; refunds: readonly Refund[] }) {
  const { id, status, amounts, currency, shipments } = order;
  const at = (verb: string) => `/console/orders/${id}/${verb}`;
  const promised = refunds.reduce((sum, { amount, status: state }) => (state === "failed" ? sum : sum + amount), 0);
  const left = amounts.captured - promised;
  const isOpen = !isFinal(order);
  const isFixed = shipments.some(({ requestedAt }) => requestedAt !== null);
  if (!visit.session.api.mayAct("either")) return null;
  return (
    <section class="sheet" aria-label="Actions">
      <h2>Actions</h2>
      {status === "awaiting_approval" && (
        <ActionForm visit={visit} action={at("approve")} needs="operator" label="Approve">
          <Field visit={visit} action={at("approve")} name="note" label="Note" />
        </ActionForm>
      )}
      {status === "awaiting_approval" && (
        <ActionForm visit={visit} action={at("decline")} needs="operator" label="Decline" danger>
          <Field visit={visit} action={at("decline")} name="note" label="Note" />
        </ActionForm>
      )}
      {isOpen && (
        <p>
          <ActionForm visit={visit} action={at("refresh")} needs="either" label="Ask the providers now" quiet />
        </p>
      )}
      {left > 0 && (
        <details open={visit.refused?.action === at("refund")}>
          <summary>Refund</summary>
          <ActionForm visit={visit} action={at("refund")} needs="either" label="Refund" danger>
            <Field
              visit={visit}
              action={at("refund")}
              name="amount"
              label={`Amount (${currency})`}
              hint={`At most ${formatMoney(left, currency)}; all of it when empty.`}
              placeholder={formatMoney(left, currency).split(" ")[1] ?? ""}
            />
            <Field visit={visit} action={at("refund")} name="reason" label="Reason" />
          </ActionForm>
        </details>
      )}
      {(status === "needs_attention" || isCancellable(status)) && (
        <details open={visit.refused?.action === at("cancel")}>
          <summary>Cancel the order</summary>
          <ActionForm visit={visit} action={at("cancel")} needs="either" label="Cancel the order" danger>
            <Field visit={visit} action={at("cancel")} name="reason" label="Reason" />
          </ActionForm>
        </details>
      )}
      {isOpen && !isFixed && visit.session.api.mayAct("merchant") && (
        <details open={visit.refused?.action === at("address")}>
          <summary>Change the address</summary>
          <AddressForm visit={visit} action={at("address")} order={order} />
        </details>
      )}
    </section>
  );
}

const ADDRESS = {
  name: "Name",
  line1: "Line 1",
  line2: "Line 2",
  city: "City",
  state: "State",
  postalCode: "Postal code",
  country: "Country (two letters)",
} as const;

function AddressForm({ visit, action, order: { shipTo } }: { visit: Visit; action: string; order: Order }) {
  return (
    <ActionForm visit={visit} action={action} needs="merchant" label="Change the address">
      {Object.entries(ADDRESS).map(([name, label]) => (
        <Field
          visit={visit}
          action={action}
          name={name}
          label={label}
          value={shipTo[name as keyof typeof shipTo] ?? ""}
        />
      ))}
    </ActionForm>
  );
}

function Money({ order, refunds }: { order: Order; refunds: readonly Refund[] }) {
  const { amounts, currency, payment, lines, adjustments = [] } = order;
  const money = (amount: number) => formatMoney(amount, currency);
  return (
    <section class="sheet" aria-label="Money">
      <h2>Money</h2>
      <dl>
        <dt>Payment</dt>
        <dd>
          <Status value={payment.status} /> {payment.reference && <span class="id">{payment.reference}</span>}
        </dd>
        <dt>Total</dt>
        <dd>{money(amounts.total)}</dd>
        <dt>Authorized</dt>
        <dd>{money(amounts.authorized)}</dd>
        <dt>Captured</dt>
        <dd>{money(amounts.captured)}</dd>
        <dt>Refunded</dt>
        <dd>{money(amounts.refunded)}</dd>
        <dt>Balance</dt>
        <dd>
          <strong>{money(amounts.captured - amounts.refunded)}</strong>
        </dd>
      </dl>
      {refunds.length > 0 && (
        <div class="table">
          <table>
            <caption class="soft">Refunds</caption>
            <tbody>
              {refunds.map(({ id, status, amount, reason, reference, createdAt, links }) => (
                <tr>
                  <td>
                    <Status value={status} /> {money(amount)}
                    {reason && ` · ${reason}`}
                    <br />
                    <small>
                      <a href={links.run}>{id.slice(0, 12)}…</a> {reference} <Time at={createdAt} />
                    </small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <details>
        <summary>{lines.length === 1 ? "1 line" : `${lines.length} lines`}</summary>
        <div class="table">
          <table>
            <tbody>
              {lines.map(({ sku, quantity, unitPrice }) => (
                <tr>
                  <td>{sku}</td>
                  <td class="number">
                    {quantity} × {money(unitPrice)}
                  </td>
                </tr>
              ))}
              {adjustments.map(({ label, amount }) => (
                <tr>
                  <td>{label}</td>
                  <td class="number">{money(amount)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function Shipments({ order: { shipments } }: { order: Order }) {
  if (shipments.length === 0) return null;
  return (
    <section class="sheet" aria-label="Shipments">
      <h2>Shipments</h2>
      <ul>
        {shipments.map(
          ({ id, status, lines, carrier, trackingNumber, trackingUrl, requestedAt, shippedAt, deliveredAt }) => (
            <li>
              <Status value={status} /> {lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ")}
              <br />
              <small>
                <span class="id">{id}</span> {carrier}{" "}
                {trackingUrl ? <a href={trackingUrl}>{trackingNumber}</a> : trackingNumber}
                {requestedAt && (
                  <>
                    {" "}
                    · requested <Time at={requestedAt} />
                  </>
                )}
                {shippedAt && (
                  <>
                    {" "}
                    · shipped <Time at={shippedAt} />
                  </>
                )}
                {deliveredAt && (
                  <>
                    {" "}
                    · delivered <Time at={deliveredAt} />
                  </>
                )}
              </small>
            </li>
          ),
        )}
      </ul>
    </section>
  );
}

function Repeats({ execution: { repeats } }: { execution: Execution }) {
  const { replayed, refused, lastAt } = repeats;
  if (lastAt === null) return null;
  return (
    <section class="sheet" aria-label="Repeats">
      <h2>Repeats</h2>
      <p>
        {replayed} {replayed === 1 ? "request was a repeat and was" : "requests were repeats and were"} answered as the
        first one.{" "}
        {refused > 0 &&
          `${refused} under a used key asked for something else and ${refused === 1 ? "was" : "were"} refused. `}
        <small>
          The last <Time at={lastAt} />
        </small>
      </p>
    </section>
  );
}

function Emails({ execution: { emails } }: { execution: Execution }) {
  if (emails.length === 0) return null;
  return (
    <section class="sheet" aria-label="Emails">
      <h2>Emails</h2>
      <ul>
        {emails.map(({ kind, status, sentAt, nextAttemptAt }) => (
          <li>
            {plain(kind)} <Status value={status} />{" "}
            <small>
              {sentAt && <Time at={sentAt} />}
              {nextAttemptAt && (
                <>
                  tried again <Time at={nextAttemptAt} />
                </>
              )}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Operations({ execution: { operations }, currency }: { execution: Execution; currency: string }) {
  if (operations.length === 0) return null;
  return (
    <section class="sheet" aria-label="Operations">
      <details>
        <summary>Calls to providers</summary>
        <ul>
          {operations.map(({ name, key, round, status, amount, reference, reason, firstAttemptAt, decidedAt }) => (
            <li>
              {name.split("/")[0]} <Status value={status} /> {amount !== null && formatMoney(amount, currency)}
              {round > 1 && ` · round ${round}`}
              <br />
              <small>
                {reference && <span class="id">{reference}</span>} key <span class="id">{key}</span>
                {firstAttemptAt && (
                  <>
                    {" "}
                    · first <Time at={firstAttemptAt} />
                  </>
                )}
                {decidedAt && (
                  <>
                    {" "}
                    · decided <Time at={decidedAt} />
                  </>
                )}
                {reason &&
                  ` · ${[reason.declineCode ?? reason.code, reason.message, reason.requestId].filter(Boolean).join(" · ")}`}
              </small>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function Customer({ order: { customer, shipTo, metadata } }: { order: Order }) {
  const { name, line1, line2, postalCode, city, state, country } = shipTo;
  const address = [name, line1, line2, postalCode, city, state, country];
  return (
    <section class="sheet" aria-label="Customer">
      <h2>Customer</h2>
      <dl>
        <dt>Name</dt>
        <dd>{customer.name ?? "–"}</dd>
        <dt>Email</dt>
        <dd>
          <a href={`/console?q=${encodeURIComponent(customer.email)}`}>{customer.email}</a>
        </dd>
        <dt>Address</dt>
        <dd>{address.filter(Boolean).join(", ")}</dd>
        {Object.entries(metadata ?? {}).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

/** What was typed in minor units of the order's currency. Throws a ProblemError for what is no amount. */
async function amountIn(api: ConsoleApi, path: string, text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const { currency } = await api.get<Order>(path);
  const amount = parseMoney(text, currency);
  if (amount !== null) return amount;
  const message = `Write it like ${formatMoney(1250, currency).split(" ")[1]}, without the currency`;
  throw new ProblemError("invalid-request", "This is not an amount.", { issues: [{ pointer: "/amount", message }] });
}

type Params = Visit["params"];

function apiPath({ id = "" }: Params): string {
  return `/v1/orders/${encodeURIComponent(id)}`;
}

function pagePath({ id = "" }: Params): string {
  return `/console/orders/${encodeURIComponent(id)}`;
}

type Command = Omit<ConsoleAction, "path" | "page"> & { verb: string };

function command({ verb, act }: Command): ConsoleAction {
  return { path: `${PATH}/${verb}`, page: orderPage, act };
}

const decision = (verb: "approve" | "decline") =>
  command({
    verb,
    async act({ session, params, form, key }) {
      const body = { decision: verb, note: typed(form, "note") };
      await session.api.post("operator", `${apiPath(params)}/decision`, body, key);
      return { to: pagePath(params), notice: "decided" };
    },
  });

export const ORDER_ACTIONS: readonly ConsoleAction[] = [
  decision("approve"),
  decision("decline"),
  command({
    verb: "refresh",
    async act({ session, params, key }) {
      await session.api.post("either", `${apiPath(params)}/refresh`, {}, key);
      return { to: pagePath(params), notice: "refreshed" };
    },
  }),
  command({
    verb: "cancel",
    async act({ session, params, form, key }) {
      await session.api.post("either", `${apiPath(params)}/cancel`, { reason: typed(form, "reason") }, key);
      return { to: pagePath(params), notice: "cancelled" };
    },
  }),
  command({
    verb: "refund",
    async act({ session, params, form, key }) {
      const path = apiPath(params);
      const body = { amount: await amountIn(session.api, path, typed(form, "amount")), reason: typed(form, "reason") };
      await session.api.post("either", `${path}/refunds`, body, key);
      return { to: pagePath(params), notice: "refunded" };
    },
  }),
  command({
    verb: "address",
    async act({ session, params, form, key }) {
      const shipTo = Object.fromEntries(Object.keys(ADDRESS).map((name) => [name, typed(form, name)]));
      await session.api.post("merchant", `${apiPath(params)}/address`, { shipTo }, key);
      return { to: pagePath(params), notice: "moved" };
    },
  }),
];
