import type { Attention } from "../domain/attention.js";
import { applyChange, type Change, isUnchanged } from "../domain/change.js";
import type { Order } from "../domain/order.js";
import type { Database } from "./database.js";
import { loadOrder } from "./load-order.js";
import type { Session } from "./pool.js";
import { type Alongside, saveOrder, StockConflictError } from "./save-order.js";

/** Decides what becomes of an order: pure, and asked again where the order changed meanwhile. What it throws refuses. */
export type Rule<Fact> = (order: Order, now: number, fact: Fact) => Change;

export interface UpdateOptions<Fact> {
  /** Reads what the rule needs beside the order, in the session that the order was loaded in; never a provider call. */
  readFact(session: Session, order: Order): Promise<Fact>;
  /** What is stored beside the order with its change. */
  alongside?(order: Order, fact: Fact): Alongside;
}

/** The order's id, or the order as its reader saw it, which is then decided on before it is loaded. */
type Subject = string | Order;

/** Conflicts after which the order's row is locked for one load and save. */
const CONFLICTS_BEFORE_LOCK = 3;
/** Tries when the stock that was free is taken by others. */
const STOCK_TRIES = 10;

/**
 * The one way to change an order: load it, read beside it, decide, and save what changes in one statement that counts
 * only while the order is as it was loaded. Whatever comes between starts over. Answers the order as it is then; null
 * when there is none. Throws what the rule throws, DatabaseUnavailableError, StockConflictError.
 */
export async function updateOrder(database: Database, subject: Subject, rule: Rule<null>): Promise<Order | null>;
export async function updateOrder<Fact>(
  database: Database,
  subject: Subject,
  rule: Rule<Fact>,
  options: UpdateOptions<Fact>,
): Promise<Order | null>;
export async function updateOrder<Fact>(
  database: Database,
  subject: Subject,
  rule: Rule<Fact>,
  options?: UpdateOptions<Fact>,
): Promise<Order | null> {
  const [id, seen] = typeof subject === "string" ? [subject, null] : [subject.id, subject];
  const attempt = { database, id, rule, options };
  const known = newer(database.cache.get(id), seen);
  if (known) {
    const saved = await decideAndSave(attempt, database.session, known, database.clock.now()).catch(
      retryOnStockConflict,
    );
    if (saved !== CONFLICT && saved !== known) return saved;
  }
  let stockConflicts = 0;
  for (let conflicts = 0; conflicts < CONFLICTS_BEFORE_LOCK; conflicts++) {
    try {
      const saved = await loadAndSave(attempt, database.session);
      if (saved !== CONFLICT) return saved;
    } catch (error) {
      if (!(error instanceof StockConflictError) || ++stockConflicts > STOCK_TRIES) throw error;
      conflicts--;
    }
  }
  return underLock(attempt);
}

function newer(one: Order | null, other: Order | null): Order | null {
  if (!one || !other) return one ?? other;
  return one.version >= other.version ? one : other;
}

interface Attempt<Fact> {
  database: Database;
  id: string;
  rule: Rule<Fact>;
  options: UpdateOptions<Fact> | undefined;
}

const CONFLICT = Symbol("the order changed meanwhile");

function retryOnStockConflict(error: unknown): typeof CONFLICT {
  if (error instanceof StockConflictError) return CONFLICT;
  throw error;
}

async function loadAndSave<Fact>(attempt: Attempt<Fact>, session: Session): Promise<Order | null | typeof CONFLICT> {
  const { database, id } = attempt;
  const loaded = await loadOrder(session, id);
  if (!loaded) return null;
  database.clock.observe(loaded.now);
  return decideAndSave(attempt, session, loaded.order, loaded.now);
}

async function decideAndSave<Fact>(
  { database, rule, options }: Attempt<Fact>,
  session: Session,
  order: Order,
  now: number,
): Promise<Order | typeof CONFLICT> {
  const fact = (await options?.readFact(session, order)) as Fact;
  const change = rule(order, now, fact);
  const alongside = options?.alongside?.(order, fact) ?? {};
  if (isUnchanged(change) && Object.keys(alongside).length === 0) return remember(database, order);
  const after = applyChange(order, change);
  const saved = await saveOrder(session, order, change, after, alongside);
  if (!saved) {
    database.cache.drop(order.id);
    return CONFLICT;
  }
  database.clock.observe(saved.now);
  database.notifier.announceOrder(order.id);
  for (const attention of raisedBy(order, change)) database.onAttention(after, attention);
  return remember(database, { ...after, version: saved.version, ...numbered(order, alongside) });
}

/** A command that is a fact is one more of the order's facts, which the next load shows. */
function numbered(order: Order, { command }: Alongside): Partial<Order> {
  return command && command.attentionId !== null ? { factCount: order.factCount + 1, version: -1 } : {};
}

function raisedBy(order: Order, change: Change): Attention[] {
  const known = new Set(order.attentions.map(({ id }) => id));
  return change.attentions.filter(({ id, resolvedAt }) => resolvedAt === null && !known.has(id));
}

function remember(database: Database, order: Order): Order {
  if (order.version >= 0) database.cache.put(order);
  else database.cache.drop(order.id);
  return order;
}

/** Concurrent changes won each time: this load and this save hold the order's lock. */
async function underLock<Fact>(attempt: Attempt<Fact>): Promise<Order | null> {
  const { database, id } = attempt;
  return database.transaction(async (transaction) => {
    await transaction.query("select 1 from orders where id = $1 for update", [id]);
    const saved = await loadAndSave(attempt, transaction);
    if (saved === CONFLICT) throw new Error("an order changed under its own lock");
    return saved;
  });
}
