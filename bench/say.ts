/** Tells whoever watches how far a measurement is; the figures go to standard output. */
export function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
