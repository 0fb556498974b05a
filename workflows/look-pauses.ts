/** How long a run that looks by itself waits for news before it first does: within 60 s of the request (contract, E8). */
export const FIRST_LOOK_MS = 55_000;

/** Pauses double up to this. */
export const LONGEST_PAUSE_MS = 3_600_000;
