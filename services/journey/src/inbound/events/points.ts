import { baseOf, looksCanonical, pointKeyOf } from '../../domain/contact';
import { recent } from '../../domain/recent';
import type { SpanEvent } from './span-event';

/** A contact point as the consumer remembers it. */
export interface KnownPoint {
  tenantId: string;
  point: string;
  text: Buffer;
  base: string;
  key: Buffer;
  /** True once its customer is known to exist. */
  met: boolean;
}

export interface Points {
  /** The contact point an event names; undefined when the text cannot be a canonical one. */
  of(event: SpanEvent): KnownPoint | undefined;
  find(tenantId: string, point: string): KnownPoint | undefined;
}

/** Contact points seen lately: their keys cost a digest each, and whether their customers exist a look into the database. */
export const createPoints = (size: number): Points => {
  const known = recent<KnownPoint>(size);
  const learn = (name: string, tenantId: string, point: string): KnownPoint | undefined => {
    if (!looksCanonical(point)) return undefined;
    const base = baseOf(tenantId, point);
    const learnt = { tenantId, point, text: Buffer.from(point), base, key: pointKeyOf(base), met: false };
    known.set(name, learnt);
    return learnt;
  };
  return {
    of(event) {
      // One text per event, and the cheapest there is: two different contact points never read the same in latin1.
      const { raw } = event;
      const name = `${raw.toString('latin1', event.tenantStart, event.tenantEnd)} ${raw.toString('latin1', event.pointStart, event.pointEnd)}`;
      return known.get(name) ?? learn(name, event.tenantId, event.contactPoint!);
    },
    find(tenantId, point) {
      const name = `${tenantId} ${Buffer.from(point).toString('latin1')}`;
      return known.get(name) ?? learn(name, tenantId, point);
    },
  };
};
