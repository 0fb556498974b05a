const WAIT = /^wait\s*=\s*"?([1-9]|[12][0-9]|30)"?$/i;

/** The seconds of `Prefer: wait=N`, 1 to 30 (RFC 7240); null for every other preference. */
export function preferredWait(header: string | undefined): number | null {
  for (const preference of (header ?? "").split(",")) {
    const seconds = WAIT.exec(preference.split(";")[0]?.trim() ?? "")?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return null;
}
