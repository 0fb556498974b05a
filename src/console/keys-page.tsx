import { ProblemError } from "../domain/problem-error.js";
import type { Role } from "../domain/role.js";
import { createApiKey, drawApiKey, type KeptKey, readApiKeys, revokeTenantKey } from "../services/manage-api-keys.js";
import { ActionForm, Choice, Field } from "./forms.js";
import { Status, Time } from "./layout.js";
import type { Session } from "./session.js";
import { shownOnce } from "./shown-once.js";
import { type ConsoleAction, type ConsolePage, typed, type Visit } from "./visit.js";

const PATH = "/console/keys";

/** The keys of the tenant, without their secrets. */
export const keysPage: ConsolePage = {
  path: PATH,
  section: "keys",
  async show(visit, deps) {
    const { session } = visit;
    if (!session.api.mayRead("operator")) throw needsOperator();
    const keys = await readApiKeys(deps, session.tenant);
    return {
      title: "API keys",
      body: (
        <>
          <h1>API keys</h1>
          <div class="columns">
            <section class="sheet" aria-label="Keys">
              {keys.length === 0 ? <p>No key is kept in the order database.</p> : <Keys visit={visit} keys={keys} />}
              <p class="soft">Keys of the setting API_KEYS are not listed; they are revoked there.</p>
            </section>
            <NewKey visit={visit} />
          </div>
        </>
      ),
    };
  },
};

function Keys({ visit, keys }: { visit: Visit; keys: readonly KeptKey[] }) {
  return (
    <div class="table stack">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th>Last used</th>
            <th>Ends</th>
            <th>
              <span class="soft">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ id, name, role, createdAt, lastUsedAt, expiresAt, revokedAt }) => (
            <tr>
              <td>
                {name ?? "–"}
                <br />
                <small>
                  <span class="id">{id}</span> made <Time at={createdAt.toISOString()} />
                </small>
              </td>
              <td data-label="Role">{role}</td>
              <td data-label="Last used">
                <Time at={lastUsedAt?.toISOString() ?? null} />
              </td>
              <td data-label="Ends">
                <Time at={expiresAt?.toISOString() ?? null} />
              </td>
              <td>
                {revokedAt ? (
                  <Status value="revoked" />
                ) : (
                  <ActionForm
                    visit={visit}
                    action={`${PATH}/${id}/revoke`}
                    needs="operator"
                    label={`Revoke ${name ?? id}`}
                    danger
                    quiet
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewKey({ visit }: { visit: Visit }) {
  if (!visit.session.api.mayAct("operator")) return null;
  return (
    <section class="sheet" aria-label="New key">
      <h2>New key</h2>
      <ActionForm visit={visit} action={PATH} needs="operator" label="Make the key">
        <input type="hidden" name="apiKey" value={drawApiKey()} />
        <Field visit={visit} action={PATH} name="name" label="Name" hint="What it is for." required />
        <Choice
          visit={visit}
          action={PATH}
          name="role"
          label="Role"
          value="support"
          options={rolesOf(visit.session).map((role) => [role, MEANS[role]])}
        />
        <Field
          visit={visit}
          action={PATH}
          name="expiresOn"
          label="Ends"
          type="date"
          hint="At the beginning of that day, UTC; never when empty."
        />
      </ActionForm>
    </section>
  );
}

const MEANS = {
  merchant: "merchant: places orders and sets stock",
  operator: "operator: decides, resolves, manages keys",
  support: "support: reads everything and changes nothing",
} as const;

export const KEY_ACTIONS: readonly ConsoleAction[] = [
  {
    path: PATH,
    page: keysPage,
    async act({ session, form }, deps) {
      requireOperator(session);
      const role = typed(form, "role") ?? "";
      if (!rolesOf(session).some((one) => one === role))
        throw new ProblemError("forbidden", "A session makes keys of its own roles, and of the role support.");
      const key = typed(form, "apiKey") ?? "";
      const day = typed(form, "expiresOn");
      const expiresAt = day === undefined ? null : new Date(`${day}T00:00:00Z`);
      const name = typed(form, "name");
      await createApiKey(deps, { tenant: session.tenant, key, role, name, expiresAt });
      const says = "It is shown here only. Idem keeps no copy from which it could be read.";
      return shownOnce({ heading: `The key “${name}”`, says, secret: key, next: PATH });
    },
  },
  {
    path: `${PATH}/:id/revoke`,
    page: keysPage,
    async act({ session, params }, deps) {
      requireOperator(session);
      await revokeTenantKey(deps, { tenant: session.tenant, id: params["id"] ?? "" });
      return { to: PATH, notice: "revoked" };
    },
  },
];

/** A session gives away what it has, and what only reads. */
function rolesOf({ roles }: Session): Role[] {
  return ["support", ...roles.filter((role) => role !== "support")];
}

function requireOperator({ api }: Session): void {
  if (!api.mayAct("operator")) throw needsOperator();
}

function needsOperator(): ProblemError {
  return new ProblemError("forbidden", "Keys are managed with an operator's key. Add one to your session.");
}
