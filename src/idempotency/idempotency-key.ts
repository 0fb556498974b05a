/** Why a header is not a key. */
export type KeyFault = "missing" | "invalid";

const CHARACTERS = /^[\x21-\x7e]{8,255}$/;
/** What a variable that was never set spells; `[object Object]` falls to its space. */
const ACCIDENT = "undefined";
const STRING = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(.*)$/;
const PARAMETERS = /^(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[^\s;,"]+))?)* *$/;

/**
 * The key in an `Idempotency-Key` header: a structured-field string or its bare characters, which spell the same key.
 * Nothing is trimmed, folded or decoded beyond the structured field's own escapes.
 * Sources: draft-ietf-httpapi-idempotency-key-header, RFC 8941.
 */
export function readIdempotencyKey(header: string | undefined): { key: string } | { fault: KeyFault } {
  const value = header?.replace(/^[ \t]+|[ \t]+$/g, "");
  if (!value) return { fault: "missing" };
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
