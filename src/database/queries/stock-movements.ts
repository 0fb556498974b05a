import type { Fingerprint } from "../../idempotency/fingerprint.js";
import type { Session } from "../pool.js";

/** A keyed change of the quantity on hand in a warehouse, with the level that it left. */
export interface StockMovement {
  id: string;
  sku: string;
  warehouse: string;
  /** Units that came, or went where it is negative. */
  delta: number;
  reason: string | null;
  onHand: number;
  reserved: number;
  createdAt: Date;
}

interface NewMovement extends Pick<StockMovement, "id" | "sku" | "warehouse" | "delta" | "reason"> {
  tenant: string;
  fingerprint: Fingerprint;
}

/** What has no level yet has nothing that could go. */
const TAKE = `update stock set on_hand = on_hand + $5::bigint where tenant = $2 and sku = $3 and warehouse = $4
  returning on_hand, reserved`;
const ADD = `insert into stock (tenant, sku, warehouse, on_hand) values ($2, $3, $4, $5)
  on conflict (tenant, sku, warehouse) do update set on_hand = stock.on_hand + excluded.on_hand
  returning on_hand, reserved`;

const COLUMNS = `id, sku, warehouse, delta, reason, on_hand as "onHand", reserved, created_at as "createdAt"`;

const moveBy = (level: string) => `
  with level as (${level})
  insert into stock_movements (id, tenant, sku, warehouse, delta, reason, fingerprint, fingerprint_version, on_hand, reserved)
  select $1, $2, $3, $4, $5, $6, $7, $8, on_hand, reserved from level
  returning ${COLUMNS}`;
const MOVE = { take: moveBy(TAKE), add: moveBy(ADD) };

/** Constraints of level and movement, by what a movement that they refuse would have done. */
const REFUSALS: Record<string, MovementRefusal> = {
  stock_movements_pkey: "known",
  stock_covers_reserved: "below-reserved",
  stock_on_hand_check: "below-reserved",
  stock_movements_on_hand_check: "beyond-limit",
};

/** `known`: it was made before. */
export type MovementRefusal = "known" | "below-reserved" | "beyond-limit";

/** Moves stock and records the level that is left, both or neither. */
export async function insertMovement(
  session: Session,
  movement: NewMovement,
): Promise<StockMovement | MovementRefusal> {
  const { id, tenant, sku, warehouse, delta, reason, fingerprint } = movement;
  const values = [id, tenant, sku, warehouse, delta, reason, fingerprint.digest, fingerprint.version];
  try {
    const [made] = await session.query<StockMovementRow>(delta < 0 ? MOVE.take : MOVE.add, values);
    return made ?? "below-reserved";
  } catch (error) {
    const refusal = error instanceof Error && "constraint" in error ? REFUSALS[String(error.constraint)] : undefined;
    if (!refusal) throw error;
    return refusal;
  }
}

type StockMovementRow = StockMovement & Record<string, unknown>;

/** The movement that a key made; null when it made none. */
export async function findMovement(
  session: Session,
  id: string,
): Promise<{ movement: StockMovement; fingerprint: Fingerprint } | null> {
  const [row] = await session.query<StockMovementRow & { digest: Buffer; version: number }>(
    `select ${COLUMNS}, fingerprint as digest, fingerprint_version as version from stock_movements where id = $1`,
    [id],
  );
  if (!row) return null;
  const { digest, version, ...movement } = row;
  return { movement, fingerprint: { version, digest } };
}

/** A SKU's movements in all warehouses, newest first, at most `limit` of those before a place. */
export function listMovements(
  session: Session,
  { tenant, sku }: { tenant: string; sku: string },
  limit: number,
  before: { at: Date; id: string } | null,
): Promise<StockMovement[]> {
  return session.query<StockMovementRow>(
    `select ${COLUMNS} from stock_movements where tenant = $1 and sku = $2
       and (created_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5, ''))
     order by created_at desc, id desc limit $3`,
    [tenant, sku, limit, before?.at ?? null, before?.id ?? null],
  );
}
