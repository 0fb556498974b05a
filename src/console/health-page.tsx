import type { components } from "../client/api-types.js";
import { runQueries } from "../api/pages/run-queries.js";
import { Follow, Live } from "./forms.js";
import { Status, Time } from "./layout.js";
import type { ConsolePage } from "./visit.js";
import { plain } from "./words.js";

type Health = components["schemas"]["Health"];

const REFRESH_MS = 5_000;

/** How the service is: what is amiss, its workers, its providers. */
export const healthPage: ConsolePage = {
  path: "/console/health",
  section: "health",
  async show(visit, { runs, mailbox }) {
    const health = await visit.session.api.get<Health>("/v1/health", "operator");
    return {
      title: "Health",
      body: (
        <Follow visit={visit} every={REFRESH_MS}>
          <Live id="health">
            <h1>
              Health <Status value={health.status} />
            </h1>
            {health.alerts.map(({ text }) => (
              <p class="box warn">{text}</p>
            ))}
            <div class="columns">
              <div>
                <section class="sheet" aria-label="Providers">
                  <h2>Providers</h2>
                  <ul>
                    {health.providers.map(({ provider, state, answeredAt, failure, undecided }) => (
                      <li>
                        {plain(provider)} <Status value={state} />
                        <br />
                        <small>
                          answered <Time at={answeredAt} />
                          {undecided > 0 && ` · ${undecided} outcomes are not known`}
                          {state === "down" && failure && ` · ${failure}`}
                        </small>
                      </li>
                    ))}
                  </ul>
                </section>
                <section class="sheet" aria-label="Workers">
                  <h2>Workers</h2>
                  <ul>
                    {health.workers.map(({ id, queues, version, lastSeenAt, lives }) => (
                      <li>
                        <span class="id">{id}</span> <Status value={lives ? "up" : "down"} />
                        <br />
                        <small>
                          {version} · {queues.join(", ")} · seen <Time at={lastSeenAt} />
                        </small>
                      </li>
                    ))}
                  </ul>
                </section>
              </div>
              <section class="sheet" aria-label="Temporal">
                <h2>Temporal</h2>
                <p>
                  <Status value={health.temporal} /> {health.outbox.rows} notifications wait to be delivered
                </p>
                <ul>
                  {runQueries().map(({ query, label, about }) => (
                    <li>
                      <a href={runs(query)}>{label}</a>: {about}
                    </li>
                  ))}
                </ul>
                <p class="soft">“Request Cancellation” there ends nothing: an order is cancelled on its page here.</p>
                {mailbox && (
                  <p>
                    <a href={mailbox}>The emails that the simulated customers received</a>
                  </p>
                )}
              </section>
            </div>
          </Live>
        </Follow>
      ),
    };
  },
};
