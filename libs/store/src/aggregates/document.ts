import { encodeEvent, eventId } from '@throughline/bus';
import { mongo } from 'mongoose';
import type { AggregatesOptions, Asked, Change, Doc, Loaded, PendingEvent } from '../types';
import { ASKED_KEPT } from './asked';

export interface StoredEvent {
  t: string;
  k: string;
  v: mongo.Binary;
}

/** What every aggregate's document holds beside its state. */
export interface Envelope extends Doc {
  tenantId: string;
  version: number;
  seq: number;
  asked?: Asked[];
  outbox: StoredEvent[];
  /** `<instance>#<number of the write>`: which write of which process these events came with. */
  outboxBy: string;
  unpublishedSince?: Date;
}

const bytesOf = (value: unknown): Buffer => {
  const binary = value as { buffer: Buffer };
  return Buffer.isBuffer(value) ? value : Buffer.from(binary.buffer);
};

/** Events of the last change, as stored. */
export const outboxOf = (doc: Pick<Envelope, 'outbox'>): PendingEvent[] =>
  doc.outbox.map(({ t, k, v }) => ({ topic: t, key: k, value: bytesOf(v) }));

export const stored = ({ topic, key, value }: PendingEvent): StoredEvent => ({
  t: topic,
  k: key,
  v: new mongo.Binary(value),
});

/** An aggregate as read; `unpublished` is what this process cannot know to be published. */
export function loadedOf<S>(
  options: Pick<AggregatesOptions<S>, 'fromDoc'>,
  doc: Envelope,
  mayBeUnpublished: boolean,
): Loaded<S> {
  return {
    id: doc._id,
    tenantId: doc.tenantId,
    version: doc.version,
    seq: doc.seq,
    state: options.fromDoc(doc),
    asked: (doc.asked ?? []).map((entry) => ({ ...entry, result: entry.result ? bytesOf(entry.result) : undefined })),
    unpublished: mayBeUnpublished ? outboxOf(doc) : [],
    outboxBy: doc.outboxBy,
  };
}

/** Gives the events of a change their numbers and bytes. */
export function eventsOf<S>(
  options: Pick<AggregatesOptions<S>, 'topic' | 'source' | 'keyOf'>,
  change: Change<S>,
): PendingEvent[] {
  const first = (change.from?.seq ?? 0) + 1;
  return change.events.map(({ topic, key, source, ...event }, i) => ({
    topic: topic ?? options.topic,
    key: key ?? options.keyOf?.(change) ?? change.id,
    value: encodeEvent({
      ...event,
      id: eventId(change.id, first + i),
      source: source ?? options.source,
      tenantId: change.tenantId,
    }),
  }));
}

/** The document after a change. What was not known to be published before goes along in front, so order holds. */
export function documentOf<S>(
  options: AggregatesOptions<S>,
  change: Change<S>,
  events: PendingEvent[],
  outboxBy: string,
  marked: boolean,
): Envelope {
  const { from, request } = change;
  const asked = [...(from?.asked ?? []), ...(request ? [{ ...request, at: new Date() }] : [])].slice(-ASKED_KEPT);
  const outbox = [...(from?.unpublished ?? []), ...events];
  const pending = marked && outbox.length > 0 ? { unpublishedSince: new Date() } : {};
  return {
    ...options.toDoc(change.state),
    _id: change.id,
    tenantId: change.tenantId,
    version: (from?.version ?? 0) + 1,
    seq: (from?.seq ?? 0) + events.length,
    ...(asked.length > 0 ? { asked } : {}),
    outbox: outbox.map(stored),
    outboxBy,
    ...pending,
  };
}
