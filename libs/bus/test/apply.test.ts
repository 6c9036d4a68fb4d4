import { noTelemetry } from '@throughline/telemetry';
import { applyBatch, NotTogether, Stale } from '../src/consumer/apply';
import { commonContext, createCombiner } from '../src/consumer/combine';
import type { Delivery, HandleContext, RawMessage } from '../src/types';

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

test('what a handler names as failed is tried alone and the rest is not handled again', async () => {
  const calls: number[] = [];
  const handle = async (deliveries: Delivery[]) => {
    calls.push(deliveries.length);
    const failed = deliveries.filter(({ key }) => key === 'k3' || (key === 'k5' && deliveries.length > 1));
    return { dead: [], failed: failed.map((delivery) => ({ delivery, error: new TypeError('cannot write this') })) };
  };
  const dead = await applyBatch(handle, batchOf(10, 2), context, log);
  // One of them was only bad in company.
  expect(dead.map(({ delivery: { event }, reason, detail }) => `${event.id} ${reason} ${detail}`)).toEqual([
    'k3/0 HANDLER_FAILED TypeError: cannot write this',
    'k3/1 PARKED an earlier message of this key is a dead letter',
  ]);
  expect(calls).toEqual([20, 1, 1, 1, 1, 1]);
});

test('a partition with nothing bad does not wait for the one beside it', async () => {
  const done: string[] = [];
  let free = () => {};
  const stuck = new Promise<void>((resolve) => {
    free = resolve;
  });
  const submit = createCombiner({
    most: 100,
    atOnce: 1,
    async run(parts) {
      const names = parts.map(({ topic, messages }) => `${topic}/${messages[0]!.partition}`);
      const batch = names.map((name) => delivery(name, 0));
      const handle = async (deliveries: Delivery[]) => {
        if (!deliveries.some(({ key }) => key === 'facts.v1/1')) return;
        if (deliveries.length === 1) await stuck;
        throw new TypeError('cannot read this');
      };
      await applyBatch(handle, batch, commonContext(parts), log, parts.length > 1);
      done.push(names.join());
    },
  });
  const part = (partition: number) => submit({ topic: 'facts.v1', messages: [{ partition } as RawMessage], context });
  const bad = part(1);
  await Promise.all([part(0), part(2)]);
  expect(done).toEqual(['facts.v1/0', 'facts.v1/2']);
  free();
  await bad;
  expect(done).toHaveLength(3);
});

test('a batch of several partitions that fails is given back whole', async () => {
  const handle = async () => Promise.reject(new TypeError('cannot read this'));
  await expect(applyBatch(handle, batchOf(4, 1), context, log, true)).rejects.toThrow(NotTogether);
});
