/** Stripe's form-encoded trees: `a[b][c]=1` -> `{a: {b: {c: "1"}}}`; list indexes stay as names. */
export interface StripeForm {
  [name: string]: string | StripeForm;
}

export function parseForm(encoded: string): StripeForm {
  const tree = emptyForm();
  for (const [name, value] of new URLSearchParams(encoded)) place(tree, name, value);
  return tree;
}

/** The same pairs in any order are the same request. */
export function canonicalForm(encoded: string): string {
  return [...new URLSearchParams(encoded)]
    .map(([name, value]) => JSON.stringify([name, value]))
    .sort()
    .join("\n");
}

export function text(form: StripeForm, ...path: string[]): string | undefined {
  let node: string | StripeForm | undefined = form;
  for (const name of path) node = typeof node === "object" ? node[name] : undefined;
  return typeof node === "string" ? node : undefined;
}

export function whole(form: StripeForm, ...path: string[]): number | undefined {
  const value = text(form, ...path);
  return value !== undefined && /^-?\d{1,16}$/.test(value) ? Number(value) : undefined;
}

export function pairs(form: StripeForm, name: string): Record<string, string> {
  const node = form[name];
  if (typeof node !== "object") return {};
  return Object.fromEntries(
    Object.entries(node).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

export function expands(form: StripeForm, member: string): boolean {
  return Object.values(pairs(form, "expand")).some((path) => path === member || path.endsWith(`.${member}`));
}

function place(tree: StripeForm, name: string, value: string): void {
  const path = name.match(/[^[\]]+/g) ?? [];
  const last = path.pop();
  if (last === undefined) return;
  let node = tree;
  for (const part of path) node = child(node, part);
  if (!name.endsWith("[]")) node[last] = value;
  else {
    const list = child(node, last);
    list[String(Object.keys(list).length)] = value;
  }
}

function child(node: StripeForm, name: string): StripeForm {
  const known = node[name];
  if (typeof known === "object") return known;
  const made = emptyForm();
  node[name] = made;
  return made;
}

/** Without a prototype, so that no parameter name can reach one. */
function emptyForm(): StripeForm {
  return Object.create(null) as StripeForm;
}
