/** JSON as RFC 8259 has it, minus everything two parsers could read differently. */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

/** Deeper nesting is refused, so that no reader downstream runs out of stack. */
export const MAX_DEPTH = 32;

/** More values are refused, so that no body costs more than a few milliseconds: several times what any body of ours holds. */
export const MAX_VALUES = 5_000;

/** Why a text is not strict JSON, in words for the caller. */
export class JsonFault extends Error {
  override readonly name = "JsonFault";
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const CONTROL = /[\u0000-\u001f]/;

/**
 * Reads one JSON value. Refuses invalid UTF-8, a byte order mark, duplicate members, integers beyond 2^53-1 however
 * they are spelt, numbers beyond a double, lone surrogates, trailing input, nesting beyond {@link MAX_DEPTH} and more
 * than {@link MAX_VALUES} values.
 * Throws {@link JsonFault}.
 */
export function parseStrictJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new JsonFault("The body is not valid UTF-8.");
  }
  return new Reader(text).whole();
}

class Reader {
  private at = 0;
  private values = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Json {
    if (this.text.length === 0) throw new JsonFault("The body is empty.");
    if (this.text.charCodeAt(0) === 0xfeff) throw new JsonFault("The body starts with a byte order mark.");
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.fault("Something follows the JSON value");
    return value;
  }

  /** `depth` is the number of objects and arrays around the value. */
  private value(depth: number): Json {
    if (++this.values > MAX_VALUES) throw new JsonFault(`The body holds more than ${MAX_VALUES} values.`);
    this.space();
    switch (this.text[this.at]) {
      case "{":
        return this.object(deeper(depth));
      case "[":
        return this.array(deeper(depth));
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private object(depth: number): Json {
    // Without a prototype a member named __proto__ is a member like any other.
    const members: { [member: string]: Json } = Object.create(null);
    this.at++;
    this.space();
    if (this.take("}")) return members;
    do {
      this.space();
      const name = this.string();
      if (name in members) throw this.fault("A member is given twice");
      this.space();
      if (!this.take(":")) throw this.fault("A colon is missing");
      members[name] = this.value(depth);
      this.space();
    } while (this.take(","));
    if (!this.take("}")) throw this.fault("An object does not close");
    return members;
  }

  private array(depth: number): Json {
    const items: Json[] = [];
    this.at++;
    this.space();
    if (this.take("]")) return items;
    do {
      items.push(this.value(depth));
      this.space();
    } while (this.take(","));
    if (!this.take("]")) throw this.fault("An array does not close");
    return items;
  }

  private string(): string {
    if (!this.take('"')) throw this.fault("A string is missing");
    const end = this.closingQuote();
    const spelt = this.text.slice(this.at, end);
    this.at = end + 1;
    const value = spelt.includes("\\") ? this.unescape(spelt) : spelt;
    if (CONTROL.test(spelt)) throw this.fault("A string holds a control character");
    if (!value.isWellFormed()) throw this.fault("A string holds a lone surrogate");
    return value;
  }

  /** The next quote that no backslash escapes. */
  private closingQuote(): number {
    for (let from = this.at; ;) {
      const quote = this.text.indexOf('"', from);
      if (quote < 0) throw this.fault("A string does not close");
      let backslashes = 0;
      while (this.text[quote - 1 - backslashes] === "\\" && quote - 1 - backslashes >= this.at) backslashes++;
      if (backslashes % 2 === 0) return quote;
      from = quote + 1;
    }
  }

  private unescape(spelt: string): string {
    try {
      return JSON.parse(`"${spelt}"`) as string;
    } catch {
      throw this.fault("A string holds an unknown or broken escape, or a control character");
    }
  }

  private number(): number {
    const spelt = this.match(NUMBER);
    if (spelt === "") throw this.fault("A value is missing or unknown");
    const value = Number(spelt);
    if (!Number.isFinite(value)) throw this.fault("A number is too large");
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw this.fault("An integer lies beyond 2^53-1");
    return value;
  }

  private word<T>(spelt: string, value: T): T {
    if (!this.text.startsWith(spelt, this.at)) throw this.fault("A value is missing or unknown");
    this.at += spelt.length;
    return value;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private take(letter: string): boolean {
    if (this.text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private fault(what: string): JsonFault {
    return new JsonFault(`${what}, at character ${this.at}.`);
  }
}

function deeper(depth: number): number {
  if (depth >= MAX_DEPTH) throw new JsonFault(`The body is nested deeper than ${MAX_DEPTH}.`);
  return depth + 1;
}
