import type { components } from "../client/api-types.js";
import { ACTIONS as ALLOWED, type AttentionCause, type Resolution, RESOLUTIONS } from "../domain/attention.js";
import { formatMoney } from "../domain/format-money.js";
import { ActionForm, Choice, Field, Follow, Live } from "./forms.js";
import { readKeyNames } from "./key-names.js";
import { NextPage, Status, Time } from "./layout.js";
import { type ConsoleAction, type ConsolePage, listQuery, typed } from "./visit.js";
import { ACTIONS, type Batch, CAUSES, plain } from "./words.js";

type AttentionPage = components["schemas"]["AttentionList"];
type BatchItems = components["schemas"]["BatchItemList"];

const BEGIN = "/console/batches";
const REFRESH_MS = 1_000;

const NEEDS_REFERENCE: ReadonlySet<AttentionCause> = new Set(["capture_refused", "outcome_unknown", "payment_unknown"]);

/** Marking money as taken needs the provider's reference, another one for each order. */
function fitsMany(action: Resolution, cause: AttentionCause | null): boolean {
  return action !== "mark-done" || (cause !== null && !NEEDS_REFERENCE.has(cause));
}

/** What a batch would resolve, before it begins. */
export const newBatchPage: ConsolePage = {
  path: `${BEGIN}/new`,
  section: "inbox",
  async show(visit) {
    const cause = (visit.query.get("cause") || visit.refused?.values.get("cause") || null) as AttentionCause | null;
    const asked = new URLSearchParams({ limit: "100", ...(cause && { cause }) });
    const { items, nextCursor } = await visit.session.api.get<AttentionPage>(
      `/v1/attentions?${asked.toString()}`,
      "operator",
    );
    const open = items.filter(({ resolution }) => resolution === null);
    const allowed = RESOLUTIONS.filter(
      (one) => (cause === null || ALLOWED[cause].includes(one)) && fitsMany(one, cause),
    );
    return {
      title: "Resolve many",
      body: (
        <>
          <h1>Resolve many</h1>
          <div class="columns">
            <section class="sheet" aria-label="What is resolved">
              <h2>
                {nextCursor ? "More than 100" : open.length} {cause ? `because of “${plain(cause)}”` : "of every cause"}
              </h2>
              <div class="table">
                <table>
                  <tbody>
                    {open.map(({ orderId, amount, currency, since, cause: why }) => (
                      <tr>
                        <td>
                          <a class="id" href={`/console/orders/${orderId}`}>
                            {orderId.slice(0, 12)}…
                          </a>
                        </td>
                        <td>{CAUSES[why]}</td>
                        <td class="number">{formatMoney(amount, currency)}</td>
                        <td>
                          <Time at={since} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {nextCursor && (
                <p class="soft">The oldest 100 are shown; the batch takes all that are open when it begins.</p>
              )}
            </section>
            <section class="sheet" aria-label="Resolution">
              <h2>One resolution for all</h2>
              <ActionForm visit={visit} action={BEGIN} needs="operator" label="Begin">
                <input type="hidden" name="cause" value={cause ?? ""} />
                <Choice
                  visit={visit}
                  action={BEGIN}
                  name="action"
                  label="What is done"
                  options={allowed.map((one) => [one, `${ACTIONS[one].label}: ${ACTIONS[one].means}`])}
                />
                <Field
                  visit={visit}
                  action={BEGIN}
                  name="reason"
                  label="Reason"
                  hint="Kept in every timeline."
                  required
                />
              </ActionForm>
              <p class="soft">
                One after another; it can be paused. What does not fit an order is refused there and listed.
              </p>
            </section>
          </div>
        </>
      ),
    };
  },
};

/** How far a batch is. */
export const batchPage: ConsolePage = {
  path: `${BEGIN}/:id`,
  section: "inbox",
  async show(visit, deps) {
    const batch = await visit.session.api.get<Batch>(
      `/v1/attentions/batch/${encodeURIComponent(visit.params["id"] ?? "")}`,
      "operator",
    );
    const [names, { items, nextCursor }] = await Promise.all([
      readKeyNames(visit.session, deps),
      visit.session.api.get<BatchItems>(
        `/v1/attentions/batch/${batch.id}/items?${listQuery(visit.query, 50)}`,
        "operator",
      ),
    ]);
    const { id, filter, action, reason, key, createdAt, paused, done, failed, pending } = batch;
    const total = done + failed + pending;
    const verb = paused ? "resume" : "pause";
    return {
      title: "Batch",
      body: (
        <Follow visit={visit} every={pending > 0 ? REFRESH_MS : undefined}>
          <h1>
            {ACTIONS[action].label}: {filter.cause ? plain(filter.cause) : "every cause"}
          </h1>
          <p class="soft">
            “{reason}” · begun <Time at={createdAt} />
            {key && ` by ${names.get(key) ?? `key ${key}`}`} · <span class="id">{id}</span>
          </p>
          <Live id="batch">
            <section class="sheet" aria-label="Progress">
              <p>
                <Status value={pending === 0 ? "done" : paused ? "paused" : "running"} /> {done} accepted, {failed}{" "}
                refused, {pending} to go
              </p>
              <progress max={Math.max(total, 1)} value={done + failed} aria-label={`${done + failed} of ${total}`} />
              {pending > 0 && (
                <ActionForm
                  visit={visit}
                  action={`${BEGIN}/${id}/${verb}`}
                  needs="operator"
                  label={paused ? "Go on" : "Pause"}
                  quiet
                />
              )}
            </section>
            <section class="sheet" aria-label="Orders">
              <ul>
                {items.map(({ orderId, status, problem }) => (
                  <li>
                    <Status value={status === "pending" ? "waiting" : status} />{" "}
                    <a class="id" href={`/console/orders/${orderId}`}>
                      {orderId}
                    </a>{" "}
                    {problem && <a href={`/problems/${problem}`}>{plain(problem)}</a>}
                  </li>
                ))}
              </ul>
            </section>
            <NextPage path={`${BEGIN}/${id}`} query={visit.query} cursor={nextCursor} />
          </Live>
          <p>
            <a href="/console/attentions">Back to the inbox</a>
          </p>
        </Follow>
      ),
    };
  },
};

export const BATCH_ACTIONS: readonly ConsoleAction[] = [
  {
    path: BEGIN,
    page: newBatchPage,
    async act({ session, form, key }) {
      const cause = typed(form, "cause");
      const body = {
        filter: { ...(cause !== undefined && { cause }) },
        action: typed(form, "action"),
        reason: typed(form, "reason"),
      };
      const { id } = await session.api.post<Batch>("operator", "/v1/attentions/batch", body, key);
      return { to: `${BEGIN}/${id}`, notice: "resolved" };
    },
  },
  ...(["pause", "resume"] as const).map((verb): ConsoleAction => ({
    path: `${BEGIN}/:id/${verb}`,
    page: batchPage,
    async act({ session, params, key }) {
      await session.api.post(
        "operator",
        `/v1/attentions/batch/${encodeURIComponent(params["id"] ?? "")}/${verb}`,
        {},
        key,
      );
      return { to: `${BEGIN}/${params["id"]}`, notice: verb === "pause" ? "paused" : "resumed" };
    },
  })),
];
