import type { components } from "../client/api-types.js";
import { ActionForm, Field } from "./forms.js";
import { NextPage, Time } from "./layout.js";
import { type ConsoleAction, type ConsolePage, listQuery, typed, type Visit } from "./visit.js";
import type { Stock } from "./words.js";

type StockPage = components["schemas"]["StockList"];
type MovementPage = components["schemas"]["StockMovementList"];

const PATH = "/console/stock";

/** The levels of every SKU. */
const stockPage: ConsolePage = {
  path: PATH,
  section: "stock",
  async show({ session, query }) {
    const sku = query.get("sku")?.trim();
    if (sku) return pathOf(sku);
    const { items, nextCursor } = await session.api.get<StockPage>(`/v1/stock?${listQuery(query, 50)}`);
    return {
      title: "Stock",
      body: (
        <>
          <h1>Stock</h1>
          <form class="search" action={PATH}>
            <input name="sku" required aria-label="SKU" placeholder="SKU" maxlength={100} />
            <button>Show</button>
          </form>
          <section class="sheet">
            {items.length === 0 ? <p>There is no stock yet.</p> : <Levels items={items} />}
          </section>
          <NextPage path={PATH} query={query} cursor={nextCursor} />
        </>
      ),
    };
  },
};

function pathOf(sku: string): string {
  return `${PATH}/${encodeURIComponent(sku)}`;
}

function Levels({ items }: { items: readonly Stock[] }) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>SKU</th>
            <th class="number">On hand</th>
            <th class="number">Reserved</th>
            <th class="number">Available</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ sku, onHand, reserved, available }) => (
            <tr>
              <td>
                <a href={pathOf(sku)}>{sku}</a>
              </td>
              <td class="number">{onHand}</td>
              <td class="number">{reserved}</td>
              <td class="number">{available}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One SKU: its level in each warehouse and the movements that led there. */
const skuPage: ConsolePage = {
  path: `${PATH}/:sku`,
  section: "stock",
  async show(visit) {
    const { session, query } = visit;
    const sku = visit.params["sku"] ?? "";
    const path = `/v1/stock/${encodeURIComponent(sku)}`;
    const [stock, movements] = await Promise.all([
      session.api.mayRead("merchant") ? session.api.find<Stock>(path, "merchant") : null,
      session.api.get<MovementPage>(`${path}/movements?${listQuery(query, 20)}`),
    ]);
    const missing = session.api.mayRead("merchant")
      ? "There is no such SKU yet; the first movement creates it."
      : "The level of one SKU is shown to a merchant's key.";
    return {
      title: sku,
      body: (
        <>
          <h1>{sku}</h1>
          <div class="columns">
            <div>
              <section class="sheet" aria-label="Levels">
                <h2>Levels</h2>
                {stock ? <Warehouses stock={stock} /> : <p>{missing}</p>}
              </section>
              <section class="sheet" aria-label="Movements">
                <h2>Movements</h2>
                {movements.items.length === 0 && <p>There was none.</p>}
                <ul>
                  {movements.items.map(({ warehouse, delta, reason, onHand, createdAt }) => (
                    <li>
                      <strong>{delta > 0 ? `+${delta}` : delta}</strong> in {warehouse}, {onHand} then
                      {reason && `: ${reason}`}
                      <br />
                      <small>
                        <Time at={createdAt} />
                      </small>
                    </li>
                  ))}
                </ul>
                <NextPage path={pathOf(sku)} query={query} cursor={movements.nextCursor} />
              </section>
            </div>
            <StockForms visit={visit} sku={sku} />
          </div>
        </>
      ),
    };
  },
};

function Warehouses({ stock }: { stock: Stock }) {
  return (
    <ul>
      {stock.warehouses.map(({ warehouse, onHand, reserved, available }) => (
        <li>
          {warehouse}: {onHand} on hand, {reserved} reserved, <strong>{available} available</strong>
        </li>
      ))}
    </ul>
  );
}

function StockForms({ visit, sku }: { visit: Visit; sku: string }) {
  if (!visit.session.api.mayAct("merchant")) {
    return (
      <section class="sheet">
        <p>
          Stock is changed with a merchant's key. <a href="/console/sign-in">Add one to your session</a>
        </p>
      </section>
    );
  }
  const move = `${pathOf(sku)}/movements`;
  const set = `${pathOf(sku)}/level`;
  return (
    <section class="sheet" aria-label="Change">
      <h2>Change</h2>
      <ActionForm visit={visit} action={move} needs="merchant" label="Move">
        <Field
          visit={visit}
          action={move}
          name="delta"
          label="Units that come"
          type="number"
          required
          hint="Negative for units that go."
        />
        <Field visit={visit} action={move} name="warehouse" label="Warehouse" placeholder="main" />
        <Field visit={visit} action={move} name="reason" label="Reason" />
      </ActionForm>
      <details open={visit.refused?.action === set}>
        <summary>Set after a stocktaking</summary>
        <p>It overwrites what has moved meanwhile.</p>
        <ActionForm visit={visit} action={set} needs="merchant" label="Set">
          <Field visit={visit} action={set} name="onHand" label="Units on hand" type="number" required />
          <Field visit={visit} action={set} name="warehouse" label="Warehouse" placeholder="main" />
        </ActionForm>
      </details>
    </section>
  );
}

export const STOCK_PAGES: readonly ConsolePage[] = [stockPage, skuPage];

export const STOCK_ACTIONS: readonly ConsoleAction[] = [
  {
    path: `${PATH}/:sku/movements`,
    page: skuPage,
    async act({ session, params, form, key }) {
      const sku = params["sku"] ?? "";
      const body = {
        delta: numberIn(form, "delta"),
        warehouse: typed(form, "warehouse"),
        reason: typed(form, "reason"),
      };
      await session.api.post("merchant", `/v1/stock/${encodeURIComponent(sku)}/movements`, body, key);
      return { to: pathOf(sku), notice: "stocked" };
    },
  },
  {
    path: `${PATH}/:sku/level`,
    page: skuPage,
    async act({ session, params, form }) {
      const sku = params["sku"] ?? "";
      const body = { onHand: numberIn(form, "onHand"), warehouse: typed(form, "warehouse") };
      await session.api.put("merchant", `/v1/stock/${encodeURIComponent(sku)}`, body);
      return { to: pathOf(sku), notice: "stocked" };
    },
  },
];

/** What is no number is sent as it was typed, so that the API says what is wrong with it. */
function numberIn(form: URLSearchParams, name: string): number | string | undefined {
  const text = typed(form, name);
  return text !== undefined && /^[+-]?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}
