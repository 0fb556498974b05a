/** A time of epoch milliseconds as readers see it (RFC 3339). */
export function presentTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
