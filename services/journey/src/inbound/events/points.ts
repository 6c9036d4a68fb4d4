import { randomInt } from 'node:crypto';
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

/** A tenant and one of its contact points as they lie in some bytes. */
interface Name {
  bytes: Uint8Array;
  tenantStart: number;
  tenantEnd: number;
  pointStart: number;
  pointEnd: number;
}

interface Remembered extends KnownPoint {
  tenant: Buffer;
  /** The bytes of the point as the event has them; `text` unless those are no UTF-8. */
  raw: Buffer;
  /** The next of the same hash. */
  next: Remembered | undefined;
}

const PRIME = 0x01000193;
// Whoever chooses contact points must not be able to choose their hashes.
const SEED = randomInt(0x7fff_ffff);
/** Of one hash no more are remembered. */
const MOST_ALIKE = 8;

/** FNV over both, told apart by a byte that neither has. Fits what V8 keeps as a small integer. */
export const hashOfName = ({ bytes, tenantStart, tenantEnd, pointStart, pointEnd }: Name): number => {
  let hash = SEED;
  for (let i = tenantStart; i < tenantEnd; i++) hash = Math.imul(hash ^ bytes[i]!, PRIME);
  hash = Math.imul(hash ^ 0xff, PRIME);
  for (let i = pointStart; i < pointEnd; i++) hash = Math.imul(hash ^ bytes[i]!, PRIME);
  return (hash ^ (hash >>> 15)) & 0x3fff_ffff;
};

const isText = (text: Buffer, bytes: Uint8Array, start: number, end: number): boolean => {
  if (text.length !== end - start) return false;
  // From the end: contact points of one kind differ there, or before what all of them end in.
  for (let i = text.length - 1; i >= 0; i--) if (text[i] !== bytes[start + i]) return false;
  return true;
};

const isNamed = ({ tenant, raw }: Remembered, name: Name): boolean =>
  isText(raw, name.bytes, name.pointStart, name.pointEnd) &&
  isText(tenant, name.bytes, name.tenantStart, name.tenantEnd);

/**
 * Contact points seen lately: their keys cost a digest each, and whether their customers exist a look into the database. They are found
 * by the bytes of their names: making text of those costs more than all the rest.
 */
export const createPoints = (size: number): Points => {
  const known = recent<Remembered, number>(size);
  const tenants = recent<Buffer>(1_000);
  const name: Name = { bytes: new Uint8Array(0), tenantStart: 0, tenantEnd: 0, pointStart: 0, pointEnd: 0 };

  const tenantOf = (tenantId: string): Buffer => {
    const there = tenants.get(tenantId);
    if (there) return there;
    const bytes = Buffer.from(tenantId);
    tenants.set(tenantId, bytes);
    return bytes;
  };
  const alike = (hash: number): Remembered | undefined => {
    const first = known.get(hash);
    let count = 0;
    for (let one = first; one; one = one.next) count++;
    return count < MOST_ALIKE ? first : undefined;
  };
  const learn = (hash: number, tenantId: string, point: string): KnownPoint | undefined => {
    if (!looksCanonical(point)) return undefined;
    const base = baseOf(tenantId, point);
    const text = Buffer.from(point);
    const { bytes, pointStart, pointEnd } = name;
    const learnt: Remembered = {
      tenantId,
      point,
      tenant: tenantOf(tenantId),
      text,
      raw: isText(text, bytes, pointStart, pointEnd) ? text : Buffer.from(bytes.subarray(pointStart, pointEnd)),
      base,
      key: pointKeyOf(base),
      met: false,
      next: alike(hash),
    };
    known.set(hash, learnt);
    return learnt;
  };
  const remembered = (hash: number): KnownPoint | undefined => {
    let one = known.get(hash);
    while (one && !isNamed(one, name)) one = one.next;
    return one;
  };
  return {
    of(event) {
      name.bytes = event.raw;
      name.tenantStart = event.tenantStart;
      name.tenantEnd = event.tenantEnd;
      name.pointStart = event.pointStart;
      name.pointEnd = event.pointEnd;
      const hash = hashOfName(name);
      return remembered(hash) ?? learn(hash, event.tenantId, event.contactPoint!);
    },
    find(tenantId, point) {
      const tenant = Buffer.from(tenantId);
      name.bytes = Buffer.concat([tenant, Buffer.from(point)]);
      name.tenantStart = 0;
      name.tenantEnd = name.pointStart = tenant.length;
      name.pointEnd = name.bytes.length;
      const hash = hashOfName(name);
      return remembered(hash) ?? learn(hash, tenantId, point);
    },
  };
};
