import { slaV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { freePort } from '@throughline/testing';
import type { ServiceChild } from '../measure/children';
import { callerPrivateKey, pause, startService } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuMeters } from '../measure/context';
import { readFor } from '../measure/reads';
import type { Line } from '../measure/report';
import { signedBy } from '../workload/caller';
import { channelMix } from '../workload/channel-mix';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { inParallel, ready } from '../workload/routing-client';
import { throughDoors } from './doors';
import { CONVERSATIONS, INBOUND, openAdmin, startConversation, topicsOf, waitReady } from './parts';
import { clientOf as routingOf, setUp } from './routing-parts';
import { contactBody, RESOLVE, TIMELINE, withGateway } from './timeline-fixture';
import type { Case } from './types';

const AGENTS = 200;
const CALLERS = 16;
const MS = 5_000;

type Used = Record<string, number>;

/** A clock for the first reply and one for the solution on every contact; none is due within the run. */
const setUpSla = async ({ grpcPort }: ServiceChild): Promise<void> => {
  const client = createClient(slaV1.SlaServiceService, `127.0.0.1:${grpcPort}`, signedBy(callerPrivateKey));
  const targetSeconds = 1_000 * 86_400;
  const targets = [slaV1.Metric.FIRST_REPLY, slaV1.Metric.TIME_TO_SOLVE].map((metric) => ({ metric, targetSeconds }));
  await client.createSlaPolicy(slaV1.CreateSlaPolicyRequest.fromPartial({ policyId: 'default', targets } as never));
  client.close();
};

const setUpRouting = async (service: ServiceChild): Promise<void> => {
  const client = routingOf(service);
  await setUp(client, AGENTS, 100);
  await inParallel(AGENTS, (n) => ready(client, n));
};

/** Services that follow conversations, with what each is set to. */
const followers: Record<
  string,
  { settings?: () => Promise<Record<string, string>>; setUp?: (service: ServiceChild) => Promise<void> }
> = {
  sla: { setUp: setUpSla },
  routing: { setUp: setUpRouting },
  feedback: {
    settings: async () => ({
      HTTP_PORT: String(await freePort()),
      FEEDBACK_LINK_KEYS: JSON.stringify([{ kid: 1, secret: 'a secret only for benchmarks, long enough' }]),
    }),
  },
  notification: {
    settings: async () => ({
      HTTP_PORT: String(await freePort()),
      NOTIFICATION_SECRET: 'a secret only for benchmarks, long enough',
    }),
  },
};

const startFollower = async (bench: Bench, name: string, prefix: string, db: string): Promise<ServiceChild> => {
  const service = await startService(name, {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: db,
    LOG_LEVEL: 'warn',
    ...(await followers[name]!.settings?.()),
  });
  await waitReady(service);
  return service;
};

/** Conversations' events of the mix, as the conversation service tells them; gives their number. */
const tell = async (bench: Bench, prefix: string, events: number): Promise<number> => {
  const db = `${bench.fresh()}c`;
  await preload(bench.brokers, prefix + INBOUND, channelMix(events));
  const conversation = await startConversation(bench, prefix, db);
  const admin = openAdmin(bench, prefix);
  try {
    await waitReady(conversation);
    while ((await admin.lag('conversation', [INBOUND])) > 0) await pause(100);
  } finally {
    await conversation.stop();
    await bench.client.db(db).dropDatabase();
  }
  return admin.lag('nobody-yet', [CONVERSATIONS]);
};

/** Sets a service up while there are no events, so that none is read before there is a rule for it. */
const prepare = async (bench: Bench, name: string, prefix: string, db: string): Promise<void> => {
  const { setUp: work } = followers[name]!;
  if (!work) return;
  const service = await startFollower(bench, name, prefix, db);
  try {
    await work(service);
  } finally {
    await service.stop();
  }
};

/** Processor time per event that a service reads, from its first commit to its last: its start is not the subject. */
const follow = async (bench: Bench, name: string, prefix: string, db: string, events: number): Promise<Used> => {
  const admin = openAdmin(bench, prefix);
  const service = await startFollower(bench, name, prefix, db);
  try {
    const lag = () => admin.lag(name, [CONVERSATIONS]);
    let first = await lag();
    for (; first >= events; first = await lag()) await pause(20);
    const meters = cpuMeters({ ...bench.servers, service: service.pid });
    for (let left = first; left > 0; left = await lag()) {
      if (service.exited()) throw new Error(service.exited());
      await pause(100);
    }
    const used = meters();
    // So few that one commit took them all tell nothing.
    if (first === 0) return {};
    return Object.fromEntries(Object.entries(used).map(([who, cpu]) => [who, (cpu / first) * 1e6]));
  } finally {
    await service.stop();
  }
};

const lineOf = (what: string, used: Used, correct: boolean): Line => {
  const text = Object.entries(used).map(([who, micros]) => `${who} ${micros.toFixed(0)}`);
  const ours = text.length > 0 ? `${text.join(', ')} µs` : 'too few events to tell';
  return { case: 'capacity', what, ours, floor: '', ratio: '', goal: '', met: true, correct };
};

/** Reads and writes over REST: of the gateway alone, beside what the journey service needs for the answer. */
const callGateway = (bench: Bench, events: number, ms: number): Promise<Line[]> =>
  withGateway(bench, events, async ({ gateway, journey, reader }) => {
    const measure = async (what: string, ask: () => Promise<unknown>): Promise<Line> => {
      await readFor(ask, ms / 2, CALLERS);
      const meters = cpuMeters({ ...bench.servers, gateway: gateway.pid, journey: journey.pid });
      const { perSecond, failed } = await readFor(ask, ms, CALLERS);
      const calls = perSecond * (ms / 1_000);
      const used = Object.fromEntries(Object.entries(meters()).map(([who, cpu]) => [who, (cpu / calls) * 1e6]));
      return lineOf(`${what}, ${perSecond.toFixed(0)}/s`, used, failed === 0);
    };
    const page = reader(TIMELINE);
    const resolve = reader(RESOLVE, contactBody('c1@example.org', true));
    return [
      await measure('a read over REST: a page of a timeline', () => page.read()),
      await measure('a write over REST, with its audit record', () => resolve.read()),
    ];
  });

/** Contacts through the adapters: of the adapter alone, what becomes of them is in b2. */
const callAdapters = async (bench: Bench, ms: number): Promise<Line[]> => {
  const { uses, right } = await throughDoors(bench, ms);
  return uses.map(({ what, perSecond, used }) => lineOf(`${what}, ${perSecond.toFixed(0)}/s`, used, right));
};

/** What capacity is planned by (docs/operations.md): processor time per event of the services that B2 does not measure. */
export const capacity: Case = async (bench, options) => {
  const prefix = `${bench.fresh()}.`;
  const lines: Line[] = [];
  const databases = new Map(Object.keys(followers).map((name) => [name, `${bench.fresh()}${name[0]}`]));
  await createTopics(bench.brokers, topicsOf(prefix));
  try {
    await Promise.all([...databases].map(([name, db]) => prepare(bench, name, prefix, db)));
    const events = await tell(bench, prefix, options.events ?? 100_000);
    const measure = async ([name, db]: [string, string]) => {
      const used = await follow(bench, name, prefix, db, events);
      const line = lineOf(`${name}, per event of a conversation, ${events} events`, used, events > 0);
      bench.say(`${line.what}: ${line.ours}`);
      lines.push(line);
    };
    // Beside each other they would be on each other's account: only when nobody looks at the figures.
    if (options.warmUp === false) await Promise.all([...databases].map(measure));
    else for (const entry of databases) await measure(entry);
  } finally {
    for (const db of databases.values()) await bench.client.db(db).dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
  const ms = options.ms ?? MS;
  const calls = await callGateway(bench, Math.min(options.events ?? 20_000, 20_000), ms);
  const contacts = await callAdapters(bench, ms);
  for (const { what, ours } of [...calls, ...contacts]) bench.say(`${what}: ${ours}`);
  return { lines: [...lines, ...calls, ...contacts], detail: { lines } };
};
