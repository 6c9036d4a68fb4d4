import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBus, encodeEvent } from '@throughline/bus';
import { repoRoot, topicCatalogue } from '@throughline/local';
import { channelV1, commonV1, conversationV1, journeyV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import type { Seen } from './history';

const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const TENANT = 'resil';

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Member {
  /** Kills it with -9 and waits until it is gone. */
  kill(): Promise<void>;
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
export const chatMessage = (thread: string, number: number, at: number): Sent => {
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
        text: `#${number}# hello`,
        messageClass: channelV1.MessageClass.NORMAL,
      }),
    },
  });
  const value = encodeEvent({
    id: `${thread}/${number}`,
    source: 'resilience',
    type: 'throughline.channel.v1.InboundEvent',
    subject: thread,
    time: new Date(at),
    recordedAt: new Date(at),
    tenantId: TENANT,
    channel: 'chat',
    data: channelV1.InboundEvent.encode(event).finish(),
  });
  return { key: thread, number, record: { topic: 'channel.inbound.v1', key: `${TENANT}/chat/${thread}`, value } };
};

/** The real services as child processes on topics and databases of their own. */
export const openWorld = async (infra: { kafkaBrokers: string; mongoUrl: string }) => {
  const run = `rs${process.pid.toString(36)}${Date.now().toString(36)}`;
  const prefix = `${run}.`;
  const bus = createBus({
    brokers: infra.kafkaBrokers.split(','),
    clientId: run,
    topicPrefix: prefix,
    telemetry: noTelemetry(),
  });
  await bus.start();
  const topics = topicCatalogue().map(({ name }) => name);
  await bus.admin.ensureTopics(topics.map((name) => ({ name, partitions: 3 })));
  const client = await new mongo.MongoClient(infra.mongoUrl).connect();
  const logs = mkdtempSync(join(tmpdir(), 'throughline-resilience-'));
  const members = new Set<ChildProcess>();
  let started = 0;

  const start = (service: string, crashAt = ''): Member => {
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
        CONVERSATION_THREAD_SECRET: 'a secret only for tests',
        CRASH_AT: crashAt,
      },
    });
    members.add(child);
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return {
      async kill() {
        child.kill('SIGKILL');
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
      const entry = journeyV1.TimelineEntry.decode(row['e'] as Buffer);
      if (entry.type !== 'throughline.conversation.v1.MessageReceived') continue;
      const { text } = conversationV1.MessageReceived.decode(entry.data!.value);
      seen.push({
        key: entry.contactPoint.replace('chat:visitor-', ''),
        number: Number(/#(\d+)#/.exec(text)?.[1] ?? -1),
      });
    }
    return seen;
  };

  return {
    bus,
    start,
    timeline,
    topics,
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
      for (const service of ['conversation', 'journey']) await client.db(`${run}-${service}`).dropDatabase();
      await client.close();
    },
  };
};

export type World = Awaited<ReturnType<typeof openWorld>>;
