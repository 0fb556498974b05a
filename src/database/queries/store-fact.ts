import type { Signal } from "../../domain/change.js";
import type { ProviderEvent, ProviderFact } from "../../domain/fact.js";
import { toJsonb, toText } from "../jsonb.js";
import { NOTIFY_OUTBOX } from "../notifier.js";
import type { Session } from "../pool.js";

/**
 * The order's row is locked first, so that the order of the numbers is that of the commits. It bumps the version: whoever
 * decided about the order without the fact decides again.
 */
const STORE_FACT = `
  with locked as (
    select id, tenant, fact_count + 1 as number from orders where id = $3 for update
  ), stored as (
    insert into provider_events (provider, event_id, type, order_id, number, fact)
    select $1, $2, $4, locked.id, locked.number, $5 from locked
    on conflict do nothing
    returning order_id, number
  ), numbered as (
    update orders set version = version + 1, fact_count = stored.number from stored where orders.id = stored.order_id
  ), signalled as (
    insert into outbox (tenant, workflow, subject_id, order_id, signal)
    select locked.tenant, $6, $7, locked.id, jsonb_build_object('name', $8::text, 'number', locked.number)
    from locked join stored on stored.order_id = locked.id
  )
  select (select ${NOTIFY_OUTBOX} from stored) as woken from locked`;

/** Stores a fact of an order once and leaves a signal for its run; false where there is no such order. */
export async function storeFact(
  session: Session,
  event: ProviderEvent & { orderId: string; fact: ProviderFact },
  signal: Signal,
): Promise<boolean> {
  const found = await session.query(STORE_FACT, [
    event.provider,
    toText(event.eventId),
    event.orderId,
    toText(event.type),
    toJsonb(event.fact),
    signal.workflow,
    signal.subjectId,
    signal.name,
  ]);
  return found.length > 0;
}

const STORE_APPLIED = `
  insert into provider_events (provider, event_id, type, order_id, fact, applied_at)
  values ($1, $2, $3, (select id from orders where id = $4), $5, now())
  on conflict do nothing`;

/** Stores an event that moves nothing: its type is none of ours, or its order unknown. */
export async function storeEvent(session: Session, event: ProviderEvent): Promise<void> {
  const { provider, eventId, type, orderId, fact } = event;
  const [id, kind, order] = [toText(eventId), toText(type), orderId === null ? null : toText(orderId)];
  await session.query(STORE_APPLIED, [provider, id, kind, order, fact && toJsonb(fact)]);
}
