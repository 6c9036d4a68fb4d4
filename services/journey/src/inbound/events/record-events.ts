import type { DeadDelivery, Delivery, Handle } from '@throughline/bus';
import type { Customers, FirstSight, RowBlock, Timeline, WaitingRoom } from '../../use-cases/ports';
import { conversationOf, createRowBuilder } from './build-row';
import type { KnownPoint } from './points';
import { createPoints } from './points';
import type { Rendering, Renderings } from './render/render';
import type { SpanEvent } from './span-event';
import { decodeSpans } from './span-event';

export interface RecordDeps {
  timeline: Timeline;
  customers: Pick<Customers, 'meet'>;
  waitingRoom: WaitingRoom;
  renderings: Renderings;
  /** Contact points remembered per tenant. */
  pointsKept: number;
  /** Types that say who somebody is, and what to do about one. It runs once its batch is filed. */
  identified: ReadonlyMap<string, (event: SpanEvent) => Promise<void>>;
  facts: { recorded(rows: number): void; waiting(events: number): void };
}

/** What one batch comes down to before anything is written. */
interface Filing {
  rows: RowBlock;
  /** Contact points whose customer may not exist yet, by base. */
  sights: Map<string, { sight: FirstSight; met: () => void }>;
  /** Contact points of the conversations that begin in this batch. */
  opened: Map<string, string>;
}

const emptyFiling = (rows: RowBlock): Filing => ({ rows, sights: new Map(), opened: new Map() });

const toWait = (event: SpanEvent) => ({
  name: `${event.tenantId}|${event.source}|${event.id}`,
  conversation: conversationOf(event),
  value: event.raw,
});

const notCanonical = (delivery: Delivery): DeadDelivery => ({
  delivery,
  reason: 'CONTACT_POINT_INVALID',
  detail: 'contactpoint: expected canonical text such as email:ada@example.org',
});

/** Files the events of every topic under their contact points. One insert per batch, nothing per event. */
export const createRecorder = (deps: RecordDeps) => {
  const points = createPoints(deps.pointsKept);
  const buildRow = createRowBuilder();

  const renderingOf = (event: SpanEvent) => deps.renderings.of(event.raw, event.typeStart, event.typeEnd);

  const file = (filing: Filing, event: SpanEvent, known: KnownPoint, rendering: Rendering): void => {
    if (!known.met && !filing.sights.has(known.base)) {
      const { tenantId, base, point } = known;
      const met = () => {
        known.met = true;
      };
      filing.sights.set(base, { sight: { tenantId, base, point, at: event.time }, met });
    }
    const opening = buildRow(filing.rows, event, known, rendering);
    if (opening) filing.opened.set(opening, known.point);
  };

  const write = async ({ rows, sights }: Filing): Promise<void> => {
    const fresh = [...sights.values()];
    const { count } = rows;
    await Promise.all([
      deps.timeline.insert(rows),
      fresh.length > 0 ? deps.customers.meet(fresh.map(({ sight }) => sight)) : undefined,
    ]);
    for (const { met } of fresh) met();
    deps.facts.recorded(count);
  };

  /** Files events that name only their conversation, and gives back those whose conversation is unknown. */
  const place = async (filing: Filing, events: SpanEvent[]): Promise<SpanEvent[]> => {
    const unknown = new Set(events.map(conversationOf).filter((key) => !filing.opened.has(key)));
    const found =
      unknown.size > 0 ? await deps.timeline.pointsOfConversations([...unknown]) : new Map<string, string>();
    return events.filter((event) => {
      const rendering = renderingOf(event);
      const point = filing.opened.get(conversationOf(event)) ?? found.get(conversationOf(event));
      const known = point === undefined ? undefined : points.find(event.tenantId, point);
      if (known && rendering) file(filing, event, known, rendering);
      return !known;
    });
  };

  const handle: Handle = async (deliveries) => {
    const filing = emptyFiling(deps.timeline.block());
    const dead: DeadDelivery[] = [];
    const strangers: SpanEvent[] = [];
    const statements: SpanEvent[] = [];
    for (const delivery of deliveries) {
      const event = delivery.event as SpanEvent;
      const rendering = renderingOf(event);
      if (!rendering) continue;
      if (event.pointEnd > event.pointStart) {
        const known = points.of(event);
        if (!known) dead.push(notCanonical(delivery));
        else {
          file(filing, event, known, rendering);
          if (rendering.kind === 'identity' && deps.identified.has(event.type)) statements.push(event);
        }
      } else if (event.conversationEnd > event.conversationStart) strangers.push(event);
    }
    if (strangers.length > 0) {
      const waiting = await place(filing, strangers);
      if (waiting.length > 0) await deps.waitingRoom.add(waiting.map(toWait));
      deps.facts.waiting(waiting.length);
    }
    await write(filing);
    for (const event of statements) await deps.identified.get(event.type)!(event);
    return { dead };
  };

  /** Files events that waited for their conversation; gives their number. */
  const placeWaiting = async (limit = 500): Promise<number> => {
    const waiting = await deps.waitingRoom.some(limit);
    if (waiting.length === 0) return 0;
    const filing = emptyFiling(deps.timeline.block());
    const events = waiting.map(({ id, value }) => ({ id, event: decodeSpans({ value, headers: {} }) }));
    const still = new Set(
      await place(
        filing,
        events.map(({ event }) => event),
      ),
    );
    const placed = events.filter(({ event }) => !still.has(event));
    if (placed.length === 0) return 0;
    await write(filing);
    await deps.waitingRoom.remove(placed.map(({ id }) => id));
    return placed.length;
  };

  return { handle, placeWaiting };
};
