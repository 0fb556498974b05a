const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/**
 * A value as text for a jsonb parameter. PostgreSQL keeps neither U+0000 nor lone surrogates, which providers may send:
 * both become U+FFFD.
 */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSTORABLE.test(text)) return text;
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === "string" ? toText(part) : part));
}

/** What a provider calls something, for a text parameter: under the same rule. */
export function toText(value: string): string {
  return value.toWellFormed().replaceAll("\0", "\uFFFD");
}
