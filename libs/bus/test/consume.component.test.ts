import { noTelemetry } from '@throughline/telemetry';
import type { Delivery, OutgoingEvent, ParkedKey, ParkedKeys } from '../src';
import { createBus, encodeEvent, replayDeadLetters } from '../src';

const brokers = process.env.KAFKA_BROKERS!.split(',');
const run = `bus-${process.pid}-${Date.now()}.`;
const topic = 'facts.v1';
const until = async (fact: () => boolean | Promise<boolean>, ms = 20_000) => {
  for (const end = Date.now() + ms; !(await fact()); ) {
    if (Date.now() > end) throw new Error('not observed in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const event = (key: string, seq: number): OutgoingEvent => ({
  id: `${key}/${seq}`,
  source: '/test',
  type: 'throughline.channel.v1.ThreadClosed',
  subject: key,
  time: new Date(1_800_000_000_000 + seq),
  tenantId: 'acme',
  recordedAt: new Date(),
  data: Buffer.alloc(0),
});
const memory = (): ParkedKeys => {
  const kept = new Map<string, ParkedKey>();
  return {
    load: async () => [...kept.values()],
    park: async (entries) => void entries.forEach((entry) => void kept.set(entry.key, entry)),
    unpark: async (entries) => void entries.forEach((entry) => void kept.delete(entry.key)),
  };
};
const makeBus = () => createBus({ brokers, clientId: 'test', topicPrefix: run, telemetry: noTelemetry() });
const publish = (bus: ReturnType<typeof makeBus>, key: string, seq: number, value = encodeEvent(event(key, seq))) =>
  bus.producer.publish([{ topic, key, value }]);

const bus = makeBus();
beforeAll(async () => {
  const names = [topic, 'a.dlq.v1', 'b.dlq.v1', 'c.dlq.v1', 'd.dlq.v1', 'e.dlq.v1', 'f.dlq.v1', 'other'];
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: 3 })));
});
afterAll(() => bus.stop());

test('a large publish is cut by bytes and keeps the order of each key', async () => {
  const seen = new Map<string, number[]>();
  const handle = async (deliveries: Delivery[]) => {
    for (const { key, event: got } of deliveries)
      seen.set(key, [...(seen.get(key) ?? []), Number(got.id.split('/')[1])]);
  };
  const consumer = bus.consume({ group: 'a', topics: [topic], handle, deadLetters: memory() });
  const before = bus.producer.stats().requests;
  const filler = Buffer.alloc(2_000, 1);
  const records = Array.from({ length: 3_000 }, (_, i) => {
    const key = `large-${i % 30}`;
    return { topic, key, value: encodeEvent({ ...event(key, Math.floor(i / 30)), data: filler }) };
  });
  await bus.producer.publish(records);
  expect(bus.producer.stats().requests - before).toBeGreaterThan(5);
  await until(() => consumer.stats().consumed >= 3_000);
  const order = Array.from({ length: 100 }, (_, i) => i);
  for (let k = 0; k < 30; k++) expect(seen.get(`large-${k}`)).toEqual(order);
  await consumer.stop();
});

test('a bad event dies alone, its key waits, others go on, and a replay keeps the order', async () => {
  const applied: string[] = [];
  let broken = true;
  const handle = async (deliveries: Delivery[]) => {
    for (const { event: got } of deliveries) {
      if (got.id === 'poison/2' && broken) throw new TypeError('cannot read this');
    }
    applied.push(...deliveries.map((delivery) => delivery.event.id));
  };
  const parkedKeys = memory();
  const consumer = bus.consume({ group: 'b', topics: [topic], handle, deadLetters: parkedKeys });
  for (let seq = 1; seq <= 5; seq++) {
    await publish(bus, 'poison', seq);
    await publish(bus, 'healthy', seq);
  }
  await publish(bus, 'garbled', 1, Buffer.from('not an event'));
  const mine = (key: string) => applied.filter((id) => id.startsWith(`${key}/`));
  await until(() => mine('healthy').length === 5 && consumer.stats().dead >= 5);
  expect(mine('poison')).toEqual(['poison/1']);

  const letters: { offset: string; value: Buffer | null; reason: string }[] = [];
  await bus.readTopic('b.dlq.v1', (letter) => {
    letters.push({ offset: letter.offset, value: letter.value, reason: String(letter.headers['dlq-reason']) });
  });
  expect(letters.map((letter) => letter.reason).sort()).toEqual([
    'HANDLER_FAILED',
    'MALFORMED_ENVELOPE',
    'PARKED',
    'PARKED',
    'PARKED',
  ]);
  expect(letters.find((letter) => letter.reason === 'MALFORMED_ENVELOPE')?.value).toEqual(Buffer.from('not an event'));

  broken = false;
  const result = await replayDeadLetters({ bus, group: 'b', parkedKeys, keys: ['poison'] });
  expect(result).toEqual({ replayed: 4, unparked: 1, stillParked: 0 });
  await publish(bus, 'poison', 6);
  await until(() => mine('poison').length === 6);
  expect(mine('poison')).toEqual([1, 2, 3, 4, 5, 6].map((seq) => `poison/${seq}`));
  await consumer.stop();
});

test('a passing fault is tried again in place and nothing is passed over', async () => {
  const applied: string[] = [];
  let failures = 3;
  const handle = async (deliveries: Delivery[]) => {
    const mine = deliveries.filter((delivery) => delivery.key === 'steady');
    if (mine.length > 0 && failures-- > 0) throw Object.assign(new Error('election'), { transient: true });
    applied.push(...mine.map((delivery) => delivery.event.id));
  };
  await publish(bus, 'steady', 1);
  const consumer = bus.consume({ group: 'c', topics: [topic], handle, deadLetters: memory() });
  // The garbled message of the test before is this group's only dead letter.
  await until(() => applied.length === 1 && consumer.stats().dead === 1);
  await consumer.stop();
});

test('work that was not committed is delivered again to the next member', async () => {
  const first: string[] = [];
  const stuck = makeBus();
  let entered = () => {};
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  await publish(bus, 'again', 1);
  const dying = stuck.consume({
    group: 'd',
    topics: [topic],
    deadLetters: memory(),
    handle: async (deliveries) => {
      first.push(...deliveries.map((delivery) => delivery.event.id));
      entered();
      throw Object.assign(new Error('database away'), { transient: true });
    },
  });
  await inside;
  await dying.stop();
  const second = new Set<string>();
  const handle = async (deliveries: Delivery[]) => deliveries.forEach((delivery) => void second.add(delivery.event.id));
  const consumer = bus.consume({ group: 'd', topics: [topic], handle, deadLetters: memory() });
  await until(() => second.has('again/1') && first.every((id) => second.has(id)));
  await consumer.stop();
  await stuck.stop();
});

test('a letter that dies again on replay lets nothing behind it pass, and a second replay brings all in order', async () => {
  const applied: string[] = [];
  let broken = true;
  const handle = async (deliveries: Delivery[]) => {
    if (broken && deliveries.some(({ event: got }) => got.id === 'twice/1')) throw new TypeError('cannot read this');
    applied.push(...deliveries.filter(({ key }) => key === 'twice').map(({ event: got }) => got.id));
  };
  const parkedKeys = memory();
  // One message a batch: the second replayed message comes in a batch of its own after the first one died.
  const consumer = bus.consume({ group: 'e', topics: [topic], handle, deadLetters: parkedKeys, maxBatch: 1 });
  for (let seq = 1; seq <= 3; seq++) await publish(bus, 'twice', seq);
  const parked = async () => (await parkedKeys.load()).find(({ key }) => key === 'twice');
  await until(() => consumer.stats().dead >= 4);
  const first = await parked();
  await replayDeadLetters({ bus, group: 'e', parkedKeys, keys: ['twice'] });
  expect(applied).toEqual([]);
  expect((await parked())?.generation).toBe((first?.generation ?? 0) + 1);
  broken = false;
  await replayDeadLetters({ bus, group: 'e', parkedKeys, keys: ['twice'] });
  await publish(bus, 'twice', 4);
  await until(() => applied.length >= 4);
  expect(applied).toEqual([1, 2, 3, 4].map((seq) => `twice/${seq}`));
  await consumer.stop();
});

test('a record that the broker refuses is refused alone, and its letter does not stop the partition', async () => {
  const tooLarge = bus.producer.publish([{ topic: 'other', key: 'big', value: Buffer.alloc(1_200_000) }]);
  const beside = bus.producer.publish([{ topic: 'other', key: 'small', value: Buffer.alloc(10) }]);
  await expect(tooLarge).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  await beside;
  // As large as the broker just takes: with the headers of a dead letter it is too large.
  await bus.producer.publish([{ topic: 'other', key: 'big', value: Buffer.alloc(1_048_400) }]);
  const parkedKeys = memory();
  const consumer = bus.consume({ group: 'f', topics: ['other'], handle: async () => {}, deadLetters: parkedKeys });
  await until(() => consumer.stats().dead === 2);
  const reasons: string[] = [];
  await bus.readTopic('f.dlq.v1', ({ headers }) =>
    reasons.push(`${headers['dlq-reason']} ${headers['dlq-value-omitted'] ?? 'whole'}`),
  );
  expect(reasons.sort()).toEqual(['EVENT_TOO_LARGE 1048400', 'MISSING_ATTRIBUTE whole']);
  await consumer.stop();
});
