import type { components } from "../client/api-types.js";
import type { Order } from "../client/index.js";
import { formatMoney } from "../domain/format-money.js";
import { SHOWN_STATUSES } from "../domain/status.js";
import { findOrders, type OrderSearch } from "./find-orders.js";
import { Follow, Live } from "./forms.js";
import { NextPage, Status, Time } from "./layout.js";
import { type ConsolePage, listQuery } from "./visit.js";
import { plain } from "./words.js";

type OrderPage = components["schemas"]["OrderList"];

const REFRESH_MS = 5_000;

/** The newest orders, or those that what was typed may mean. */
export const searchPage: ConsolePage = {
  path: "/console",
  section: "orders",
  async show(visit) {
    const { query, session } = visit;
    const { api } = session;
    const text = (query.get("q") ?? "").trim();
    if (text !== "") {
      const search = await findOrders(api, text, query);
      const [only] = search.found;
      if (only?.by === "id") return `/console/orders/${only.order.id}`;
      return { title: `Search: ${text}`, body: <Results text={text} {...search} /> };
    }
    const status = query.get("status");
    const { items, nextCursor } = await api.get<OrderPage>(`/v1/orders?${listQuery(query, 25, "status")}`);
    return {
      title: "Orders",
      body: (
        <>
          <h1>Orders</h1>
          <Search text="" />
          <ul class="chips" aria-label="Status">
            <li>
              <a href="/console" aria-current={status === null ? "true" : undefined}>
                all
              </a>
            </li>
            {SHOWN_STATUSES.map((one) => (
              <li>
                <a href={`/console?status=${one}`} aria-current={one === status ? "true" : undefined}>
                  {plain(one)}
                </a>
              </li>
            ))}
          </ul>
          <Follow visit={visit} every={query.get("cursor") ? undefined : REFRESH_MS}>
            <Live id="orders">
              <section class="sheet">
                {items.length === 0 ? (
                  <p>There is no {status === null ? "order yet" : `order that is ${plain(status)}`}.</p>
                ) : (
                  <OrderTable orders={items} />
                )}
              </section>
              <NextPage path="/console" query={query} cursor={nextCursor} />
            </Live>
          </Follow>
        </>
      ),
    };
  },
};

function Search({ text }: { text: string }) {
  return (
    <form class="search" role="search" action="/console">
      <input
        type="search"
        name="q"
        value={text}
        required
        maxlength={200}
        aria-label="Find an order"
        placeholder="Order id, reference, email, payment, refund, shipment or tracking number"
      />
      <button>Find</button>
    </form>
  );
}

function Results({ text, found, more }: OrderSearch & { text: string }) {
  const bys = [...new Set(found.map(({ by }) => by))].join(", ");
  return (
    <>
      <h1>Orders found</h1>
      <Search text={text} />
      <section class="sheet">
        {found.length === 0 ? (
          <p>
            No order has this id, reference, email, payment, refund or tracking number. A reference is found as a whole,
            an email in upper or lower case.
          </p>
        ) : (
          <>
            <p class="soft">Found by {bys}.</p>
            <OrderTable orders={found.map(({ order }) => order)} />
          </>
        )}
      </section>
      {more.map(({ by, cursor }) => (
        <NextPage
          path="/console"
          query={new URLSearchParams({ q: text, by })}
          cursor={cursor}
          label={`More by ${by}`}
        />
      ))}
    </>
  );
}

function OrderTable({ orders }: { orders: readonly Order[] }) {
  return (
    <div class="table stack">
      <table>
        <thead>
          <tr>
            <th>Order</th>
            <th>Status</th>
            <th>Reference</th>
            <th>Customer</th>
            <th class="number">Total</th>
            <th>Created</th>
          </tr>
        </thead>
        <tbody>
          {orders.map(({ id, status, reference, customer, amounts, currency, createdAt }) => (
            <tr>
              <td>
                <a class="id" href={`/console/orders/${id}`}>
                  {id.slice(0, 12)}…
                </a>
              </td>
              <td>
                <Status value={status} />
              </td>
              <td data-label="Reference">{reference ?? "–"}</td>
              <td data-label="Customer">{customer.email}</td>
              <td data-label="Total" class="number">
                {formatMoney(amounts.total, currency)}
              </td>
              <td data-label="Created">
                <Time at={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
