import type { JSX } from "hono/jsx/jsx-runtime";
import type { Problem } from "../client/index.js";
import type { ConsoleDeps } from "./console-deps.js";
import type { Section } from "./layout.js";
import type { Session } from "./session.js";
import type { Notice } from "./words.js";

/** A form that the service refused, with what was typed. */
export interface RefusedForm {
  action: string;
  values: URLSearchParams;
  problem: Problem;
}

/** A request for a page. */
export interface Visit {
  session: Session;
  /** The parts of the path that name something. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The form on the page that was just refused. */
  refused: RefusedForm | null;
}

export interface View {
  title: string;
  body: JSX.Element;
}

export interface ConsolePage {
  path: string;
  section: Section;
  /** The page, or the path of another one. Throws ApiRefusal. */
  show(visit: Visit, deps: ConsoleDeps): Promise<View | string>;
}

/** A form that was sent. */
export interface Submission {
  session: Session;
  params: Readonly<Record<string, string>>;
  form: URLSearchParams;
  /** The idempotency key of the action. */
  key: string;
}

/** Where a form that was accepted leads, or a page that is shown in its place once. */
type Accepted = { to: string; notice: Notice } | View;

export interface ConsoleAction {
  path: string;
  /** The page that the form stands on, shown again when the service refuses it. */
  page: ConsolePage;
  /** Throws ApiRefusal. */
  act(submission: Submission, deps: ConsoleDeps): Promise<Accepted>;
}

/** The query of a list of the API: what the page's own address says of these names, and how many items. */
export function listQuery(query: URLSearchParams, limit: number, ...names: string[]): string {
  const asked = new URLSearchParams({ limit: String(limit) });
  for (const name of [...names, "cursor"]) if (query.get(name)) asked.set(name, query.get(name) ?? "");
  return asked.toString();
}

/** A field of a form, without blanks at its ends; undefined when nothing was typed. */
export function typed(form: URLSearchParams, name: string): string | undefined {
  return form.get(name)?.trim() || undefined;
}
