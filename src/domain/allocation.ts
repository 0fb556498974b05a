/** Units of one order line that lie in one warehouse. */
interface Piece {
  /** The line's place in the order. */
  line: number;
  sku: string;
  quantity: number;
}

export interface Allocation {
  warehouse: string;
  pieces: Piece[];
}

/** What is free in each warehouse, by SKU. */
export type Availability = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Up to so many warehouses every choice is tried; beyond, the richest ones are. */
const EXHAUSTIVE = 12;

/**
 * Allocates lines to the fewest warehouses that hold them all together; among equally few, to the first by name.
 * A line stays whole where one of them holds it whole. null: not enough is free.
 */
export function allocate(lines: readonly { sku: string; quantity: number }[], free: Availability): Allocation[] | null {
  const chosen = fewest(neededOf(lines), free);
  return chosen && fill(lines, chosen, free);
}

/** A SKU of which all warehouses together have too little. */
export interface Lack {
  sku: string;
  /** Whether any warehouse ever had it. */
  isKnown: boolean;
}

/** What lines that cannot be allocated lack: the first SKU that is unknown, else the first that is short. */
export function lackOf(lines: readonly { sku: string; quantity: number }[], free: Availability): Lack {
  const names = [...free.keys()];
  const needed = [...neededOf(lines)];
  const unknown = needed.find(([sku]) => !names.some((name) => free.get(name)?.has(sku)));
  const short = unknown ?? needed.find((one) => !suffices(names, new Map([one]), free));
  if (!short) throw new Error("stock that suffices is allocated");
  return { sku: short[0], isKnown: unknown === undefined };
}

function neededOf(lines: readonly { sku: string; quantity: number }[]): Map<string, number> {
  const needed = new Map<string, number>();
  for (const { sku, quantity } of lines) needed.set(sku, (needed.get(sku) ?? 0) + quantity);
  return needed;
}

function fewest(needed: ReadonlyMap<string, number>, free: Availability): string[] | null {
  const useful = [...free.keys()].filter((name) => usefulness(name, needed, free) > 0).sort();
  const candidates =
    useful.length <= EXHAUSTIVE
      ? useful
      : useful
          .toSorted((one, other) => usefulness(other, needed, free) - usefulness(one, needed, free))
          .slice(0, EXHAUSTIVE)
          .sort();
  for (let size = 1; size <= candidates.length; size++) {
    const found = choose(candidates, size, (names) => suffices(names, needed, free));
    if (found) return found;
  }
  return suffices(useful, needed, free) ? useful : null;
}

/** How many of the needed units a warehouse holds. */
function usefulness(name: string, needed: ReadonlyMap<string, number>, free: Availability): number {
  return [...needed].reduce((sum, [sku, quantity]) => sum + Math.min(quantity, free.get(name)?.get(sku) ?? 0), 0);
}

function suffices(names: readonly string[], needed: ReadonlyMap<string, number>, free: Availability): boolean {
  return [...needed].every(
    ([sku, quantity]) => names.reduce((sum, name) => sum + (free.get(name)?.get(sku) ?? 0), 0) >= quantity,
  );
}

/** The first choice of `size` names, in their order, that fits. */
function choose(names: readonly string[], size: number, fits: (chosen: string[]) => boolean): string[] | null {
  const extend = (chosen: string[], from: number): string[] | null => {
    if (chosen.length === size) return fits(chosen) ? chosen : null;
    for (let at = from; at < names.length; at++) {
      const found = extend([...chosen, names[at] as string], at + 1);
      if (found) return found;
    }
    return null;
  };
  return extend([], 0);
}

function fill(
  lines: readonly { sku: string; quantity: number }[],
  chosen: readonly string[],
  free: Availability,
): Allocation[] {
  const left = new Map(chosen.map((name) => [name, new Map(free.get(name))]));
  const pieces = new Map<string, Piece[]>(chosen.map((name) => [name, []]));
  const take = (name: string, line: number, sku: string, quantity: number) => {
    pieces.get(name)?.push({ line, sku, quantity });
    left.get(name)?.set(sku, (left.get(name)?.get(sku) ?? 0) - quantity);
  };
  lines.forEach(({ sku, quantity }, line) => {
    const whole = chosen.find((name) => (left.get(name)?.get(sku) ?? 0) >= quantity);
    if (whole !== undefined) return take(whole, line, sku, quantity);
    let rest = quantity;
    for (const name of chosen) {
      const units = Math.min(rest, left.get(name)?.get(sku) ?? 0);
      if (units > 0) take(name, line, sku, units);
      rest -= units;
    }
  });
  return chosen
    .map((warehouse) => ({ warehouse, pieces: pieces.get(warehouse) ?? [] }))
    .filter((one) => one.pieces.length > 0);
}
