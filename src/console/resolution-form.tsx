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
  const action = `/console/orders/${orderId}/resolution`;
  const isMoney = /^(capture|refund|authorize|void)/.test(step);
  return (
    <ActionForm visit={visit} action={action} needs="operator" label="Resolve">
      <input type="hidden" name="attention" value={id} />
      <Choice
        visit={visit}
        action={action}
        name="action"
        label="What is done"
        options={actions.map((one) => [one, `${ACTIONS[one].label}: ${ACTIONS[one].means}`])}
      />
      <Field visit={visit} action={action} name="reason" label="Reason" hint="Kept in the timeline." required />
      {actions.includes("mark-done") && (
        <details>
          <summary>With “Mark as done”</summary>
          <Field visit={visit} action={action} name="reference" label="The provider's own id of what was done" />
          {isMoney && (
            <label class="check">
              <input type="checkbox" name="paidOtherwise" value="true" /> The money was paid outside the payment
              provider
            </label>
          )}
        </details>
      )}
    </ActionForm>
  );
}
