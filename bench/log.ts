/** Writes the progress of a measurement to standard error; the figures go to standard output. */
export function log(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
