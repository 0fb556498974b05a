/** The floor: a run that does nothing. */
export async function empty(): Promise<void> {}
