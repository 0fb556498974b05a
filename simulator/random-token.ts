import { randomBytes } from "node:crypto";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** `randomToken("pi_3", 24)` -> `pi_3` and 24 letters or digits. */
export function randomToken(prefix: string, length = 24): string {
  let token = prefix;
  for (const byte of randomBytes(length)) token += LETTERS.charAt(byte % LETTERS.length);
  return token;
}
