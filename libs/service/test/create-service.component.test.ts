import type { Producer } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import type { Kit, ServiceDefinition, Step } from '../src';
import { createService } from '../src';

const scope = testScope('service');
const telemetry = noTelemetry();
const config = {
  LOG_LEVEL: 'silent',
  TRACE_SAMPLE_RATIO: 0,
  OPS_PORT: 0,
  MONGO_URL: scope.mongoUrl,
  MONGO_DB: scope.db,
  KAFKA_BROKERS: scope.kafkaBrokers,
  KAFKA_TOPIC_PREFIX: scope.topicPrefix,
};
type Settings = typeof config;

const readiness = async (port: number | undefined) => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return { code: response.status, reasons: ((await response.json()) as { reasons: string[] }).reasons };
};

const define = (parts: (kit: Kit<Settings>) => Step[], more: Partial<ServiceDefinition<Settings>> = {}) =>
  createService<Settings>({ name: 'probe', config, overrides: { telemetry }, parts, ...more });

const event = (subject: string) => ({
  topic: 'conversation.conversations.v1',
  key: `t/${subject}`,
  value: encodeEvent({
    id: `t/${subject}/1`,
    source: 'throughline/probe',
    type: 'throughline.conversation.v1.ConversationOpened',
    subject,
    time: new Date(),
    recordedAt: new Date(),
    tenantId: 't',
    data: new Uint8Array(),
  }),
});

const bus = createBus({
  brokers: scope.kafkaBrokers,
  clientId: 'probe-test',
  topicPrefix: scope.topicPrefix,
  telemetry,
});
beforeAll(async () => {
  await bus.start();
  await bus.admin.ensureTopics([
    { name: 'conversation.conversations.v1', partitions: 1 },
    { name: 'probe.dlq.v1', partitions: 1 },
  ]);
}, 30_000);
afterAll(() => bus.stop());

test('starts in order, is ready at the end, reads events, and drains the other way round while all below still works', async () => {
  const told: string[] = [];
  const heard: string[] = [];
  let producer: Producer | undefined;
  const service = define(
    ({ store, consumes, listens, bus: own }) => {
      producer = own.producer;
      return [
        {
          name: 'first',
          start: () => told.push('first'),
          async stop() {
            // The last part to end: database and bus are still there for what it has to bring home.
            await store.ping();
            await producer!.publish([event('farewell')]);
            told.push('first ended');
          },
        },
        consumes({
          topics: ['conversation.conversations.v1'],
          handle: async (deliveries) => {
            for (const { event: one } of deliveries) heard.push(one.subject);
          },
        }),
        {
          name: 'last',
          async start() {
            told.push('last');
            told.push(...(await readiness(service.ports['ops'])).reasons.filter((reason) => reason === 'starting'));
          },
          async stop() {
            told.push(...(await readiness(service.ports['ops'])).reasons, 'last ended');
          },
        },
        listens('door', async () => ({ port: 1234, stop: async () => void told.push('door closed') })),
      ];
    },
    { schema: async (store) => void told.push(`schema of ${store.db.databaseName}`) },
  );
  await service.start();
  expect(service.ports).toEqual({ ops: expect.any(Number), door: 1234 });
  await producer!.publish([event('one')]);
  await eventually('the event', () => heard.includes('one'));
  expect(await readiness(service.ports['ops'])).toEqual({ code: 200, reasons: [] });
  await service.stop();
  expect(told).toEqual([
    `schema of ${scope.db}`,
    'first',
    'last',
    'starting',
    'door closed',
    'stopping',
    'last ended',
    'first ended',
  ]);
  // Nothing was read after the consumer had ended.
  expect(heard).toEqual(['one']);
  await expect(readiness(service.ports['ops'])).rejects.toThrow();
}, 60_000);

test('a part that cannot start is named; what had started is stopped', async () => {
  const told: string[] = [];
  const service = define(() => [
    { name: 'good', start: () => told.push('good'), stop: () => told.push('good ended') },
    {
      name: 'bad',
      start() {
        throw new Error('no luck');
      },
      stop: () => told.push('bad ended'),
    },
    { name: 'never', start: () => told.push('never') },
  ]);
  await expect(service.start()).rejects.toThrow('could not start bad: no luck');
  expect(told).toEqual(['good', 'bad ended', 'good ended']);
  await expect(readiness(service.ports['ops'])).rejects.toThrow();
}, 30_000);

test('a service without Kafka has no bus, and waits for none', async () => {
  const { KAFKA_BROKERS: _brokers, KAFKA_TOPIC_PREFIX: _prefix, ...settings } = config;
  const service = createService({ name: 'probe', config: settings, overrides: { telemetry }, parts: () => [] });
  await service.start();
  expect(await readiness(service.ports['ops'])).toEqual({ code: 200, reasons: [] });
  await service.stop();
}, 30_000);
