import type { components } from "../client/api-types.js";
import type { Order } from "../client/index.js";
import { ATTENTION_CAUSES, type AttentionCause } from "../domain/attention.js";
import { formatMoney } from "../domain/format-money.js";
import { Follow, Live } from "./forms.js";
import { NextPage, Time } from "./layout.js";
import { ResolutionForm } from "./resolution-form.js";
import { type ConsoleAction, type ConsolePage, listQuery, typed, type Visit } from "./visit.js";
import { ACTIONS, type Attention, CAUSES, plain } from "./words.js";

type AttentionPage = components["schemas"]["AttentionList"];

const REFRESH_MS = 5_000;

/** What needs an operator, oldest first, with the money at stake. */
export const inboxPage: ConsolePage = {
  path: "/console/attentions",
  section: "inbox",
  async show(visit) {
    const { session, query } = visit;
    const { items, nextCursor } = await session.api.get<AttentionPage>(
      `/v1/attentions?${listQuery(query, 25, "cause")}`,
      "operator",
    );
    const cause = query.get("cause") as AttentionCause | null;
    return {
      title: "Inbox",
      body: (
        <>
          <h1>Inbox</h1>
          <p class="soft">What Idem cannot decide by itself. Everything else goes on meanwhile.</p>
          <form class="row" action="/console/attentions">
            <label>
              Cause
              <select name="cause">
                <option value="">every cause</option>
                {ATTENTION_CAUSES.map((one) => (
                  <option value={one} selected={one === cause}>
                    {plain(one)}
                  </option>
                ))}
              </select>
            </label>
            <button class="quiet">Show</button>
            {items.length > 1 && session.api.mayAct("operator") && (
              <a class="button" href={`/console/batches/new${cause ? `?cause=${cause}` : ""}`}>
                Resolve all of {cause ? `“${plain(cause)}”` : "them"}
              </a>
            )}
          </form>
          <br />
          <Follow visit={visit} every={query.get("cursor") ? undefined : REFRESH_MS}>
            <Live id="attentions">
              {items.length === 0 ? (
                <section class="sheet">
                  <p>Nothing needs an operator{cause ? ` because of “${plain(cause)}”` : ""}.</p>
                </section>
              ) : (
                <Totals items={items} />
              )}
              {items.map((attention) => (
                <Item visit={visit} attention={attention} />
              ))}
              <NextPage path="/console/attentions" query={query} cursor={nextCursor} />
            </Live>
          </Follow>
        </>
      ),
    };
  },
};

function Totals({ items }: { items: readonly Attention[] }) {
  const sums = new Map<string, bigint>();
  for (const { amount, currency } of items) sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  return (
    <p>
      {items.length === 1 ? "One is" : `${items.length} are`} shown,{" "}
      <strong>{[...sums].map(([currency, sum]) => formatMoney(sum, currency)).join(", ")}</strong> at stake.
    </p>
  );
}

function Item({ visit, attention, isOpen = false }: { visit: Visit; attention: Attention; isOpen?: boolean }) {
  const { orderId, cause, amount, currency, since, resolution, actions } = attention;
  return (
    <section class="sheet" aria-label={CAUSES[cause]}>
      <p>
        <strong>{formatMoney(amount, currency)}</strong> · {CAUSES[cause]}
        <br />
        <small>
          <a class="id" href={`/console/orders/${orderId}`}>
            {orderId}
          </a>{" "}
          · since <Time at={since} />
        </small>
      </p>
      {resolution ? (
        <p class="box warn">“{ACTIONS[resolution.action].label}” was accepted and is being carried out.</p>
      ) : visit.session.api.mayAct("operator") ? (
        <details open={isOpen}>
          <summary>Resolve</summary>
          <ResolutionForm visit={visit} orderId={orderId} attention={attention} />
        </details>
      ) : (
        <p class="soft">An operator may: {actions.map((one) => ACTIONS[one].label.toLowerCase()).join(", ")}.</p>
      )}
    </section>
  );
}

const ATTENTION = "/console/orders/:id/attentions/:attention";

/** One attention alone, which is where its form comes back to. */
export const attentionPage: ConsolePage = {
  path: ATTENTION,
  section: "inbox",
  async show(visit) {
    const { id = "", attention: attentionId } = visit.params;
    const { items } = await visit.session.api.get<AttentionPage>("/v1/attentions?limit=100", "operator");
    const candidates = [...items, ...(await oldestOf(visit, id))];
    const attention = candidates.find((one) => one.id === attentionId);
    return {
      title: "Attention",
      body: (
        <>
          <h1>Needs attention</h1>
          {attention ? (
            <Item visit={visit} attention={attention} isOpen />
          ) : (
            <section class="sheet">
              <p>It is not open any more.</p>
            </section>
          )}
          <p>
            <a href={`/console/orders/${encodeURIComponent(id)}`}>The order</a> ·{" "}
            <a href="/console/attentions">The inbox</a>
          </p>
        </>
      ),
    };
  },
};

/** An order shows its oldest attention, which the first page of the inbox may not. */
async function oldestOf({ session }: Visit, id: string): Promise<Attention[]> {
  const order = await session.api.find<Order>(`/v1/orders/${encodeURIComponent(id)}`);
  return order?.attention ? [{ orderId: order.id, ...order.attention }] : [];
}

export const resolveAction: ConsoleAction = {
  path: ATTENTION,
  page: attentionPage,
  async act({ session, params, form, key }) {
    const order = encodeURIComponent(params["id"] ?? "");
    const body = {
      action: typed(form, "action"),
      attention: params["attention"],
      reference: typed(form, "reference"),
      ...(form.get("paidOtherwise") === "true" && { paidOtherwise: true }),
      reason: typed(form, "reason"),
    };
    const resolved = await session.api.post<Order | null>("operator", `/v1/orders/${order}/resolution`, body, key);
    // Of an order that was purged nothing is left to show.
    return { to: resolved === null ? "/console/attentions" : `/console/orders/${order}`, notice: "resolved" };
  },
};
