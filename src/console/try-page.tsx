import { randomBytes, randomInt } from "node:crypto";
import { EXAMPLE_ORDER } from "../domain/example-order.js";
import type { OrderRequest } from "../domain/order-request.js";
import { ProblemError } from "../domain/problem-error.js";
import type { ConsoleDeps } from "./console-deps.js";
import { type Demo, type Scenario, SCENARIOS } from "./demo.js";
import { ActionForm, Choice } from "./forms.js";
import { type ConsoleAction, type ConsolePage, type Submission, typed, type Visit } from "./visit.js";

const PATH = "/console/try";

/** Of a demo: an order to submit, several times at once, while something goes wrong. */
export const tryPage: ConsolePage = {
  path: PATH,
  section: "try",
  async show(visit, deps) {
    const { crashWorker } = demoOf(deps);
    return {
      title: "Try it",
      body: (
        <>
          <h1>Try it</h1>
          <div class="columns">
            <section class="sheet" aria-label="An order">
              <h2>Press it five times</h2>
              <p>
                Five requests leave your browser at one moment, with one idempotency key. One makes the order; the
                others are answered as that one is.
              </p>
              <TryForm visit={visit} />
              <ol class="answers" id="answers" aria-live="polite" />
            </section>
            <section class="sheet" aria-label="The worker">
              <h2>Kill the worker</h2>
              {crashWorker ? (
                <>
                  <p>
                    It dies at once, whatever it is doing. Orders are accepted meanwhile, and the next worker carries on
                    where this one stopped: open an order beside and follow its timeline.
                  </p>
                  <ActionForm visit={visit} action={`${PATH}/crash`} needs="either" label="Kill the worker" danger />
                </>
              ) : (
                <p>
                  With <code>npm start</code> a button here kills the worker. Here, kill its process or container
                  yourself.
                </p>
              )}
            </section>
          </div>
        </>
      ),
    };
  },
};

function TryForm({ visit }: { visit: Visit }) {
  if (!visit.session.api.mayAct("merchant")) {
    return (
      <p>
        Orders are placed with a merchant's key. <a href="/console/sign-in">Add one to your session</a>
      </p>
    );
  }
  // Drawn, so that faults can be scripted for this order alone.
  const name = `ada-${randomBytes(3).toString("hex")}`;
  const amount = String(randomInt(1_000, 9_999));
  return (
    <ActionForm visit={visit} action={PATH} needs="merchant" label="Press five times" burst={`${PATH}/press`}>
      <input type="hidden" name="email" value={`${name}@example.com`} />
      <input type="hidden" name="amount" value={amount} />
      <Choice
        visit={visit}
        action={PATH}
        name="scenario"
        label="What happens to it"
        options={Object.entries(SCENARIOS)}
      />
    </ActionForm>
  );
}

const METHODS: Partial<Record<Scenario, string>> = {
  declined: "pm_card_chargeDeclined",
  authentication: "pm_card_threeDSecure2Required",
};

/** The order of the form; the same form is the same order. Throws a ProblemError for a form that is none of ours. */
function orderOf(form: URLSearchParams): { scenario: Scenario; order: OrderRequest } {
  const scenario = (typed(form, "scenario") ?? "none") as Scenario;
  const email = typed(form, "email") ?? "";
  const amount = Number(form.get("amount"));
  if (
    !Object.hasOwn(SCENARIOS, scenario) ||
    !/^ada-[0-9a-f]{6}@example\.com$/.test(email) ||
    !Number.isSafeInteger(amount)
  )
    throw new ProblemError("invalid-request", "This is not the form of the try-it page.");
  const sku = scenario === "out-of-stock" ? "GONE-1" : "MUG-1";
  const order = {
    ...EXAMPLE_ORDER,
    reference: `try-${email.slice(4, 10)}`,
    customer: { email, name: "Ada" },
    lines: [{ sku, quantity: 1, unitPrice: amount }],
    total: amount,
    payment: { method: METHODS[scenario] ?? "pm_card_visa" },
  };
  return { scenario, order };
}

export interface Press {
  status: number;
  id: string | null;
  replayed: boolean;
  /** What the service said, where it is no order. */
  said: string;
}

/** One press: what the API answers to it. */
export async function press({ session, form, key }: Submission, deps: ConsoleDeps): Promise<Press> {
  const { scenario, order } = orderOf(form);
  await demoOf(deps).prepare(key, scenario, { amount: order.total, email: order.customer.email });
  const answer = await session.api.submit("merchant", "/v1/orders", order, key);
  const { id, detail } = (await answer.json()) as { id?: string; detail?: string };
  const replayed = answer.headers.get("Idempotent-Replayed") === "true";
  return { status: answer.status, id: id ?? null, replayed, said: detail ?? "" };
}

function demoOf({ demo }: Pick<ConsoleDeps, "demo">): Demo {
  if (!demo) throw new ProblemError("not-found", "Only a demo has this page.");
  return demo;
}

export const TRY_ACTIONS: readonly ConsoleAction[] = [
  {
    path: PATH,
    page: tryPage,
    async act(submission, deps) {
      const { id, said } = await press(submission, deps);
      if (id === null) throw new ProblemError("invalid-request", said);
      return { to: `/console/orders/${id}`, notice: "tried" };
    },
  },
  {
    path: `${PATH}/crash`,
    page: tryPage,
    async act({ session }, deps) {
      const { crashWorker } = demoOf(deps);
      if (!session.api.mayAct("either")) throw new ProblemError("forbidden", "A key that only reads ends no worker.");
      crashWorker?.();
      return { to: PATH, notice: "killed" };
    },
  },
];
