export interface Plan {
  rounds: number;
  /** Orders of one closed loop beyond those that fill it. */
  orders: number;
  /** The same before the first round; none of it counts. */
  warmUp: number;
  /** Orders sent one after the other, each when the one before is done. */
  lone: number;
  /** Repeats of one order. */
  repeats: number;
  /** How long the loops of a fixed rate below saturation last. */
  arrivalsS: number;
  burst: { perSecond: number; seconds: number; times: number };
}

export const WIDTH = 30;
export const WIDTHS = [1, WIDTH, 100];
