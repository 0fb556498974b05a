/** Joins parts so that no two different lists of parts give the same bytes: each is preceded by its length in bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  const chunks = parts.flatMap((part) => {
    const bytes = Buffer.from(part, "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(chunks);
}
