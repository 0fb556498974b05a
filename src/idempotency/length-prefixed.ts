/** Joins parts so that no two different lists of parts give the same bytes: each is preceded by its length in bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  const joined = Buffer.allocUnsafe(parts.reduce((size, part) => size + 4 + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) {
    const length = joined.write(part, at + 4);
    at = joined.writeUInt32BE(length, at) + length;
  }
  return joined;
}
