import { encodeEventAhead, eventId, setRecordedAt } from '@throughline/bus';
import type { Loaded, PendingEvent, RowAggregatesOptions, RowDecision } from '../types';
import { stored } from './document';
import { rowAhead, rowId, setRowTime } from './row-log';

/** A change of one aggregate as bytes, all but when it is noticed. It is written once. */
export interface RowChange {
  /** Id of the aggregate. */
  id: string;
  version: number;
  /** Number of its last event. */
  seq: number;
  /** The write it comes with. */
  by: string;
  row: Buffer;
  /** Their bytes are part of the row's: what is set in one is set in both. */
  events: PendingEvent[];
}

/** Encodes what a decision comes to. */
export const rowChange = <S>(
  options: Pick<RowAggregatesOptions<S>, 'topic' | 'source' | 'keyOf'>,
  key: { id: string; tenantId: string },
  from: Pick<Loaded<S>, 'version' | 'seq'> | undefined,
  { state, step, events: told }: RowDecision<S>,
  by: string,
): RowChange => {
  const { id, tenantId } = key;
  const { version: before = 0, seq = 0 } = from ?? {};
  const version = before + 1;
  const ahead = told.map(({ topic, key: own, source, ...event }, i) => ({
    topic: topic ?? options.topic,
    key: own ?? options.keyOf?.({ id, tenantId, state }) ?? id,
    value: encodeEventAhead({ ...event, id: eventId(id, seq + 1 + i), source: source ?? options.source, tenantId }),
  }));
  const last = seq + ahead.length;
  const row = rowAhead({
    _id: rowId(id, version),
    k: id,
    t: tenantId,
    v: version,
    q: last,
    c: step,
    o: ahead.map(stored),
    b: by,
  });
  let at = 0;
  const events = ahead.map(({ topic, key: own, value }) => {
    // In their order; each has an id of its own, so that this is the place.
    at = row.indexOf(value, at);
    const part = row.subarray(at, at + value.length);
    at += value.length;
    return { topic, key: own, value: part };
  });
  return { id, version, seq: last, by, row, events };
};

/** Says when a change is noticed and, by the clock of this process, written. */
export const setNoticed = ({ row, events }: RowChange, noticedAt: Date): void => {
  setRowTime(row, Date.now());
  for (const { value } of events) setRecordedAt(value, noticedAt);
};
