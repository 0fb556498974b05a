import type { Resolution } from "../domain/attention.js";
import { ActionForm, Choice, Field } from "./forms.js";
import type { Visit } from "./visit.js";
import { ACTIONS } from "./words.js";

interface Resolvable {
  id: string;
  step: string;
  actions: readonly Resolution[];
}

/** What the contract allows for an attention, with what each choice means. */
export function ResolutionForm({
  visit,
  orderId,
  attention,
}: {
  visit: Visit;
  orderId: string;
  attention: Resolvable;
}) {
  const { id, step, actions } = attention;
  const action = `/console/orders/${orderId}/attentions/${id}`;
  const again = visit.refused?.action === action ? visit.refused.values : null;
  return (
    <ActionForm visit={visit} action={action} needs="operator" label="Resolve">
      <Choice
        visit={visit}
        action={action}
        name="action"
        label="What is done"
        options={actions.map((one) => [one, `${ACTIONS[one].label}: ${ACTIONS[one].means}`])}
      />
      <Field visit={visit} action={action} name="reason" label="Reason" hint="Kept in the timeline." required />
      {actions.includes("mark-done") && (
        <details open={again !== null}>
          <summary>With “Mark as done”</summary>
          <Field visit={visit} action={action} name="reference" label="The provider's own id of what was done" />
          {step.startsWith("capture/") && (
            <label class="check">
              <input
                type="checkbox"
                name="paidOtherwise"
                value="true"
                checked={again?.get("paidOtherwise") === "true"}
              />{" "}
              The money was paid outside the payment provider; its authorization is released
            </label>
          )}
        </details>
      )}
    </ActionForm>
  );
}
