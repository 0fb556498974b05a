/** Why a header is not a key. */
export type KeyFault = "missing" | "invalid";

const CHARACTERS = /^[\x21-\x7e]{8,255}$/;
/** What a variable that was never set spells; `[object Object]` falls to its space. */
const ACCIDENT = "undefined";
const STRING = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(.*)$/;
const PARAMETERS = /^(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[^\s;,"]+))?)* *$/;

/** No spelling of 255 characters is longer: each escaped, in quotes, with parameters. */
const LONGEST_HEADER = 1_024;

/**
 * The key in an `Idempotency-Key` header: a structured-field string or its bare characters, which spell the same key.
 * Nothing is trimmed, folded or decoded beyond the structured field's own escapes.
 * Sources: draft-ietf-httpapi-idempotency-key-header, RFC 8941.
 */
export function readIdempotencyKey(header: string | undefined): { key: string } | { fault: KeyFault } {
  const value = trimBlanks(header ?? "");
  if (value === "") return { fault: "missing" };
  if (value.length > LONGEST_HEADER) return { fault: "invalid" };
  const key = value.startsWith('"') ? unquoted(value) : bare(value);
  if (key === null || !CHARACTERS.test(key) || key === ACCIDENT) return { fault: "invalid" };
  return { key };
}

function unquoted(value: string): string | null {
  const [, characters, parameters] = STRING.exec(value) ?? [];
  if (characters === undefined || parameters === undefined || !PARAMETERS.test(parameters)) return null;
  return characters.replace(/\\(["\\])/g, "$1");
}

function bare(value: string): string | null {
  return /[",;\\]/.test(value) ? null : value;
}

/** Without the blanks (RFC 9110's OWS) around it. By hand: a regular expression for the end is quadratic in the blanks. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
