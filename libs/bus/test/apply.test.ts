import { noTelemetry } from '@throughline/telemetry';
import { applyBatch, Stale } from '../src/consumer/apply';
import type { Delivery, HandleContext } from '../src/types';

const { log } = noTelemetry();
const context: HandleContext = { heartbeat: async () => {}, isStale: () => false };
const delivery = (key: string, seq: number): Delivery => ({
  topic: 'facts.v1',
  partition: 0,
  offset: String(seq),
  key,
  event: { id: `${key}/${seq}` } as Delivery['event'],
  receivedAt: 0,
});
// Keys take turns, so that every part of the batch holds pieces of many keys.
const batchOf = (keys: number, each: number) =>
  Array.from({ length: keys * each }, (_, i) => delivery(`k${i % keys}`, Math.floor(i / keys)));

test('three bad keys among a thousand cost tens of calls, and only what follows the bad event of a key waits', async () => {
  const bad = new Set(['k3/2', 'k500/0', 'k999/4']);
  const applied = new Map<string, number>();
  let calls = 0;
  const handle = async (deliveries: Delivery[]) => {
    calls++;
    if (deliveries.some(({ event }) => bad.has(event.id))) throw new TypeError('cannot read this');
    for (const { key, event } of deliveries) {
      const seq = Number(event.id.split('/')[1]);
      expect(seq).toBeGreaterThanOrEqual(applied.get(key) ?? 0);
      applied.set(key, seq + 1);
    }
  };
  const dead = await applyBatch(handle, batchOf(1_000, 5), context, log);
  expect(dead.map(({ delivery: { event }, reason }) => `${event.id} ${reason}`)).toEqual([
    'k3/2 HANDLER_FAILED',
    'k3/3 PARKED',
    'k3/4 PARKED',
    'k500/0 HANDLER_FAILED',
    'k500/1 PARKED',
    'k500/2 PARKED',
    'k500/3 PARKED',
    'k500/4 PARKED',
    'k999/4 HANDLER_FAILED',
  ]);
  expect([applied.get('k3'), applied.get('k500'), applied.get('k999')]).toEqual([2, undefined, 4]);
  expect([...applied.values()].filter((next) => next === 5)).toHaveLength(997);
  expect(calls).toBeLessThan(100);
});

test('events without a key die one by one', async () => {
  const handle = async (deliveries: Delivery[]) => {
    if (deliveries.some(({ event }) => event.id === '/3')) throw new TypeError('cannot read this');
  };
  const dead = await applyBatch(
    handle,
    Array.from({ length: 8 }, (_, i) => delivery('', i)),
    context,
    log,
  );
  expect(dead.map(({ delivery: { event } }) => event.id)).toEqual(['/3']);
});

test('a lost partition ends the search at once', async () => {
  let calls = 0;
  const handle = async () => {
    calls++;
    throw new TypeError('cannot read this');
  };
  const lost = { ...context, isStale: () => calls >= 3 };
  await expect(applyBatch(handle, batchOf(100, 1), lost, log)).rejects.toThrow(Stale);
  expect(calls).toBe(3);
});
