import { randomUUID } from "node:crypto";
import type { Child } from "hono/jsx";
import { TIMELINE } from "../domain/timeline.js";
import type { Needed } from "./console-deps.js";
import type { Visit } from "./visit.js";

interface ActionForm {
  visit: Visit;
  /** Where it is sent, which also names it on its page. */
  action: string;
  needs: Needed;
  /** What its button says. */
  label: string;
  danger?: boolean;
  quiet?: boolean;
  /** Where the script sends it five times at once instead. */
  burst?: string;
  children?: Child;
}

/**
 * A form that does one thing once: it carries the idempotency key of its action, so that a second press is a repeat. After an
 * answer that leaves open what happened it keeps its key; after a refusal it is another action. Without a key that may act
 * there is no form.
 */
export function ActionForm({ visit, action, needs, label, danger, quiet, burst, children }: ActionForm) {
  if (!visit.session.api.mayAct(needs)) return null;
  return (
    <form method="post" action={action} class={quiet ? "inline" : "fields"} data-burst={burst}>
      <input type="hidden" name="key" value={keyOf(visit, action)} />
      {children}
      <button class={danger ? "danger" : quiet ? "quiet" : ""}>{label}</button>
    </form>
  );
}

/** What a form that came back refused had in a field; null for none. */
function typedBefore({ refused }: Visit, action: string, name: string): string | null {
  return refused?.action === action ? refused.values.get(name) : null;
}

function keyOf(visit: Visit, action: string): string {
  const isUnknown = (visit.refused?.problem.status ?? 0) >= 500;
  return (isUnknown && typedBefore(visit, action, "key")) || randomUUID();
}

interface FieldOptions {
  visit: Visit;
  action: string;
  name: string;
  label: string;
  hint?: string;
  type?: "text" | "number" | "email" | "url" | "date";
  required?: boolean;
  value?: string;
  placeholder?: string;
}

/** A labelled input that keeps what was typed when the form comes back refused. */
export function Field({
  visit,
  action,
  name,
  label,
  hint,
  type = "text",
  required,
  value = "",
  ...more
}: FieldOptions) {
  const typed = typedBefore(visit, action, name);
  return (
    <label>
      {label}
      <input type={type} name={name} value={typed ?? value} required={required} autocomplete="off" {...more} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

interface ChoiceOptions {
  visit: Visit;
  action: string;
  name: string;
  label: string;
  options: readonly (readonly [value: string, label: string])[];
  value?: string;
}

export function Choice({ visit, action, name, label, options, value = "" }: ChoiceOptions) {
  const typed = typedBefore(visit, action, name);
  const chosen = typed ?? value;
  const offered =
    typed && !options.some(([one]) => one === typed) ? [[typed, "as chosen before"] as const, ...options] : options;
  return (
    <label>
      {label}
      <select name={name}>
        {offered.map(([one, text]) => (
          <option value={one} selected={one === chosen}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FollowOptions {
  visit: Visit;
  /** The stream of events that say when the page is out of date. */
  events?: string | undefined;
  /** How often it is read again, in milliseconds. */
  every?: number | undefined;
  children: Child;
}

/** A page that the script keeps up to date; one with a refused form stays as it is. */
export function Follow({ visit, events, every, children }: FollowOptions) {
  const isFollowed = visit.refused === null;
  return (
    <div
      data-follow
      data-events={isFollowed ? events : undefined}
      data-types={events === undefined ? undefined : Object.keys(TIMELINE).join(" ")}
      data-every={isFollowed && every !== undefined ? String(every) : undefined}
    >
      {children}
    </div>
  );
}

/** The part of a page that the script keeps up to date, unless a form of it is being filled in. */
export function Live({ id, children }: { id: string; children: Child }) {
  return (
    <div data-live id={id}>
      {children}
    </div>
  );
}
