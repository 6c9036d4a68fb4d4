import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingEvent, RawMessage } from '@throughline/bus';
import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { repoRoot, topicCatalogue } from '@throughline/local';
import { channelV1, commonV1, conversationV1, journeyV1 } from '@throughline/proto';
import { createCallerSigner } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { dropDatabases } from './drop-databases';
import type { Seen } from './history';

const pair = generateKeyPairSync('ed25519');
const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
export const TENANT = 'resil';
export const inboundType = 'throughline.channel.v1.InboundEvent';

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Member {
  /** Kills it with -9 and waits until it is gone. */
  kill(): Promise<void>;
  /** Lets it drain and leave its groups, as a rolling restart does. */
  leave(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  alive(): boolean;
  log(): string;
}

export interface Sent {
  key: string;
  number: number;
  record: { topic: string; key: string; value: Buffer };
}

/** One chat message; `thread` orders, `number` identifies. */
export const chatMessage = (thread: string, number: number, at: number, words = 'hello'): Sent => {
  const event = channelV1.InboundEvent.fromPartial({
    channel: 'chat',
    adapter: 'resilience',
    threadKey: thread,
    eventKey: `${thread}/${number}`,
    occurredAt: new Date(at),
    contactPoint: { type: commonV1.ContactPointType.CHAT, value: `visitor-${thread}` },
    payload: {
      $case: 'messageReceived',
      value: channelV1.InboundMessageReceived.fromPartial({
        text: `#${number}# ${words}`,
        messageClass: channelV1.MessageClass.NORMAL,
      }),
    },
  });
  const value = encodeEvent({
    id: `${thread}/${number}`,
    source: 'resilience',
    type: inboundType,
    subject: thread,
    time: new Date(at),
    recordedAt: new Date(at),
    tenantId: TENANT,
    channel: 'chat',
    data: channelV1.InboundEvent.encode(event).finish(),
  });
  return { key: thread, number, record: { topic: 'channel.inbound.v1', key: `${TENANT}/chat/${thread}`, value } };
};

const threadOf = (contactPoint: string): string => contactPoint.replace('chat:visitor-', '');
const numberIn = (text: string): number => Number(/#(\d+)#/.exec(text)?.[1] ?? -1);
const messageReceived = 'throughline.conversation.v1.MessageReceived';

// Tests put unreadable messages on the topic as well.
const readable = (raw: RawMessage): IncomingEvent | undefined => {
  try {
    return decodeMessage(raw);
  } catch {
    return undefined;
  }
};

/** A message on a row of the timeline. */
const seenOf = (row: mongo.Document): Seen | undefined => {
  const bytes = row['e'] as Buffer | mongo.Binary;
  const entry = journeyV1.TimelineEntry.decode(Buffer.isBuffer(bytes) ? bytes : bytes.buffer);
  if (entry.type !== messageReceived) return undefined;
  const { text } = conversationV1.MessageReceived.decode(entry.data!.value);
  return { key: threadOf(entry.contactPoint), number: numberIn(text) };
};

// Several worlds may begin in the same millisecond.
let worlds = 0;

/** The real services as child processes on topics and databases of their own. */
export const openWorld = async (
  infra: { kafkaBrokers: string; mongoUrl: string },
  { partitions = 3, config }: { partitions?: number; config?: Record<string, string> } = {},
) => {
  const run = `rs${process.pid.toString(36)}${Date.now().toString(36)}w${worlds++}`;
  const prefix = `${run}.`;
  const bus = createBus({
    brokers: infra.kafkaBrokers.split(','),
    clientId: run,
    topicPrefix: prefix,
    telemetry: noTelemetry(),
  });
  await bus.start();
  const topics = topicCatalogue().map(({ name }) => name);
  await bus.admin.ensureTopics(topics.map((name) => ({ name, partitions, config })));
  const client = await new mongo.MongoClient(infra.mongoUrl).connect();
  const logs = mkdtempSync(join(tmpdir(), 'throughline-resilience-'));
  const sign = createCallerSigner(privateKey);
  const members = new Set<ChildProcess>();
  let started = 0;

  const start = (service: string, crashAt = '', settings: Record<string, string> = {}): Member => {
    if (!existsSync(join(repoRoot, 'services', service, 'dist', 'app.js'))) {
      throw new Error(`services/${service} is not built: run npm run build first`);
    }
    const file = join(logs, `${service}-${started++}.log`);
    const log = openSync(file, 'w');
    const child = spawn(process.execPath, [join(__dirname, 'run-service.cjs'), service], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_ENV: 'production',
        KAFKA_BROKERS: infra.kafkaBrokers,
        KAFKA_TOPIC_PREFIX: prefix,
        MONGO_URL: infra.mongoUrl,
        MONGO_DB: `${run}-${service}`,
        GRPC_PORT: '0',
        OPS_PORT: '0',
        LOG_LEVEL: 'warn',
        CALLER_PUBLIC_KEY: publicKey,
        CALLER_PRIVATE_KEY: privateKey,
        CONVERSATION_THREAD_SECRET: 'a secret only for tests',
        CRASH_AT: crashAt,
        ...settings,
      },
    });
    members.add(child);
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return {
      async kill() {
        child.kill('SIGKILL');
        await gone;
      },
      async leave() {
        child.kill('SIGTERM');
        await gone;
      },
      signal: (name) => void child.kill(name),
      alive: () => child.exitCode === null && child.signalCode === null,
      log: () => readFileSync(file, 'utf8'),
    };
  };

  /** Messages on the timeline in the order of its rows, each by its conversation's contact point and number. */
  const timeline = async (): Promise<Seen[]> => {
    const rows = client.db(`${run}-journey`).collection('timeline').find({}, { promoteBuffers: true }).sort({ _id: 1 });
    const seen: Seen[] = [];
    for await (const row of rows) {
      const found = seenOf(row);
      if (found) seen.push(found);
    }
    return seen;
  };

  /** Messages as the conversation service told of them, in the order of its topic; an event that was sent again counts once. */
  const told = async (): Promise<Seen[]> => {
    const seen: Seen[] = [];
    const ids = new Set<string>();
    await bus.readTopic('conversation.conversations.v1', (raw) => {
      const event = readable(raw);
      if (event?.type !== messageReceived || ids.has(event.id)) return;
      ids.add(event.id);
      const { text } = conversationV1.MessageReceived.decode(event.data);
      seen.push({ key: threadOf(event.contactPoint ?? ''), number: numberIn(text) });
    });
    return seen;
  };

  /** Calls back for each message as its row arrives on the timeline. */
  const watchTimeline = (onSeen: (seen: Seen) => void) => {
    const stream = client
      .db(`${run}-journey`)
      .collection('timeline')
      .watch([{ $match: { operationType: 'insert' } }]);
    stream.on('change', (change) => {
      const found = 'fullDocument' in change && change.fullDocument ? seenOf(change.fullDocument) : undefined;
      if (found) onSeen(found);
    });
    stream.on('error', () => undefined);
    return { stop: () => stream.close() };
  };

  return {
    infra,
    /** Stands before every name of this world: `<run>.` before topics, `<run>-` before databases. */
    run,
    /** A token with which the gateway would call a service; `clockMs` for one whose clock is that far off. */
    callerToken: (clockMs = 0, tenantId = TENANT) =>
      sign({ tenantId, subject: 'test', kind: 'service', scopes: ['*'] }, Date.now() + clockMs),
    bus,
    start,
    timeline,
    told,
    watchTimeline,
    topics,
    databaseName: (service: string) => `${run}-${service}`,
    database: (service: string) => client.db(`${run}-${service}`),
    /** True when both services have committed everything. */
    async settled(timeoutMs = 60_000): Promise<void> {
      const end = Date.now() + timeoutMs;
      const lag = async () =>
        (await bus.admin.lag('conversation', ['channel.inbound.v1'])) +
        (await bus.admin.lag('journey', ['conversation.conversations.v1']));
      while ((await lag()) > 0) {
        if (Date.now() > end) throw new Error('the services did not catch up');
        await pause(200);
      }
      // The second group may have caught up before the first one's last publish was seen.
      if ((await lag()) > 0) await this.settled(end - Date.now());
    },
    async close() {
      await Promise.all(
        [...members].map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGKILL');
          await gone;
        }),
      );
      await bus.stop();
      await dropDatabases(client, `${run}-`);
      await client.close();
    },
  };
};

export type World = Awaited<ReturnType<typeof openWorld>>;
