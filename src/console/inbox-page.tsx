import type { components } from "../client/api-types.js";
import { ATTENTION_CAUSES, type AttentionCause } from "../domain/attention.js";
import { formatMoney } from "../domain/format-money.js";
import { Live } from "./forms.js";
import { NextPage, Time } from "./layout.js";
import { orderPage } from "./order-page.js";
import { ResolutionForm } from "./resolution-form.js";
import { type ConsoleAction, type ConsolePage, typed, type Visit } from "./visit.js";
import { ACTIONS, type Attention, CAUSES, plain } from "./words.js";

type AttentionPage = components["schemas"]["AttentionList"];

const REFRESH_MS = 5_000;

/** What needs an operator, oldest first, with the money at stake. */
export const inboxPage: ConsolePage = {
  path: "/console/attentions",
  section: "inbox",
  async show(visit) {
    const { session, query } = visit;
    const asked = new URLSearchParams({ limit: "25" });
    for (const name of ["cause", "cursor"]) if (query.get(name)) asked.set(name, query.get(name) ?? "");
    const { items, nextCursor } = await session.api.get<AttentionPage>(
      `/v1/attentions?${asked.toString()}`,
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
          <div data-follow data-every={query.get("cursor") ? undefined : String(REFRESH_MS)}>
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
          </div>
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

function Item({ visit, attention }: { visit: Visit; attention: Attention }) {
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
        <details>
          <summary>Resolve</summary>
          <ResolutionForm visit={visit} orderId={orderId} attention={attention} />
        </details>
      ) : (
        <p class="soft">An operator may: {actions.map((one) => ACTIONS[one].label.toLowerCase()).join(", ")}.</p>
      )}
    </section>
  );
}

export const resolveAction: ConsoleAction = {
  path: "/console/orders/:id/resolution",
  page: orderPage,
  async act({ session, params, form, key }) {
    const body = {
      action: typed(form, "action"),
      attention: typed(form, "attention"),
      reference: typed(form, "reference"),
      ...(form.get("paidOtherwise") === "true" && { paidOtherwise: true }),
      reason: typed(form, "reason"),
    };
    await session.api.post("operator", `/v1/orders/${params["id"]}/resolution`, body, key);
    return { to: `/console/orders/${params["id"]}`, notice: "resolved" };
  },
};
