import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBus, encodeEvent } from '@throughline/bus';
import { conversationV1, notificationV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, freePort, testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import type { Seen } from '../src/history';
import { judge, perfect } from '../src/history';
import { long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import { pause } from '../src/world';

const KILLS = long ? 50 : 6;
const FACTS = long ? 20_000 : 900;
const ENTITIES = long ? 400 : 40;
const TENANT = 'hooks';
const TOPIC = 'conversation.conversations.v1';

/** Where a process ends: after the receiver took a message and before that is written down, and between the steps of the consumer. */
const points = ['webhook-after-send:20', 'before-commit:2', 'webhook-after-send:1', 'after-commit:2', ''];

interface Got extends Seen {
  id: string;
}

/** What a receiver that drops what it has would see. */
const withoutRepetitions = (got: Got[]): Seen[] => {
  const ids = new Set<string>();
  return got.filter(({ id }) => !ids.has(id) && ids.add(id));
};

describe('the checker of webhooks can fail', () => {
  const sent = new Map([['a', [1, 2, 3]]]);
  const got = (...seqs: number[]): Got[] => seqs.map((number) => ({ key: 'a', number, id: `m${number}` }));
  it('takes repetitions of a message, and finds lost, reordered and doubled ones', () => {
    expect(judge(sent, withoutRepetitions(got(1, 2, 2, 1, 3)))).toEqual(perfect);
    expect(judge(sent, withoutRepetitions(got(1, 3)))).toMatchObject({ lost: 1 });
    expect(judge(sent, withoutRepetitions(got(2, 1, 3)))).toMatchObject({ reordered: 1 });
    expect(judge(sent, withoutRepetitions([...got(1, 2, 3), { key: 'a', number: 3, id: 'other' }]))).toMatchObject({
      doubled: 1,
    });
  });
});

describe('webhooks', () => {
  it(
    `${KILLS} kills and an outage of the receiver lose, double and reorder nothing`,
    async () => {
      const random = randomFrom(chooseSeed());
      const scope = testScope('hooks');
      const keys = generateKeyPairSync('ed25519');
      const bus = createBus({
        brokers: scope.kafkaBrokers,
        clientId: 'hooks',
        topicPrefix: scope.topicPrefix,
        telemetry: noTelemetry(),
      });
      await bus.start();
      const others = [
        'channel.inbound.v1',
        'channel.outbound.v1',
        'journey.customers.v1',
        'notification.requests.v1',
        'sla.clocks.v1',
        'sla.promises.v1',
      ];
      const own = ['notification.deliveries.v1', 'notification.dlq.v1', 'notification-webhooks.dlq.v1'];
      await bus.admin.ensureTopics([TOPIC, ...own, ...others].map((name) => ({ name, partitions: 3, replicas: 1 })));

      const got: Got[] = [];
      let up = true;
      const receiver = createServer(async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        if (!up) return response.writeHead(503).end();
        const { id, subject } = JSON.parse(Buffer.concat(parts).toString()) as { id: string; subject: string };
        got.push({ key: subject, number: Number(id.split('/').at(-1)), id: String(request.headers['webhook-id']) });
        // Some answers are lost on their way back.
        if (random() < 0.02) return request.socket.destroy();
        return response.end();
      });
      receiver.listen(0, '127.0.0.1');
      await once(receiver, 'listening');
      const { port: receiverPort } = receiver.address() as AddressInfo;

      const folder = mkdtempSync(join(tmpdir(), 'hooks-'));
      const sign = createCallerSigner(keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'));
      let started = 0;
      const start = async (crashAt: string) => {
        const port = await freePort();
        const file = join(folder, `${started++}.log`);
        const log = openSync(file, 'a');
        const env = {
          ...scope.env,
          PATH: process.env['PATH'],
          NODE_ENV: 'production',
          GRPC_PORT: String(port),
          CALLER_PUBLIC_KEY: keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
          NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters',
          NOTIFICATION_WEBHOOK_TOPICS: TOPIC,
          NOTIFICATION_WEBHOOK_ALLOW: `127.0.0.1:${receiverPort}`,
          NOTIFICATION_WEBHOOK_FIRST_RETRY_MS: '200',
          NOTIFICATION_WEBHOOK_LEASE_MS: '2000',
          LOG_LEVEL: 'warn',
          CRASH_AT: crashAt,
        };
        const child = spawn(process.execPath, [join(__dirname, '../src/run-service.cjs'), 'notification'], {
          env,
          stdio: ['ignore', log, log],
        });
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        const alive = () => child.exitCode === null && child.signalCode === null;
        const client = createClient(notificationV1.WebhookServiceService, `127.0.0.1:${port}`, {
          caller: () => sign({ tenantId: TENANT, subject: 'hooks', kind: 'service', scopes: ['*'] }),
          deadlineMs: 5_000,
        }) as ClientOf<typeof notificationV1.WebhookServiceService>;
        return {
          client,
          alive,
          log: () => readFileSync(file, 'utf8'),
          async kill() {
            if (alive()) child.kill('SIGKILL');
            await gone;
          },
        };
      };

      const members = [await start(''), await start('')];
      const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
      try {
        await eventually(
          'an endpoint',
          () =>
            members[0]!.client
              .createWebhookEndpoint({
                webhookEndpointId: 'hook',
                url: `http://127.0.0.1:${receiverPort}/`,
                description: '',
                eventTypes: ['throughline.conversation.v1.*'],
                requestId: 'hook',
              })
              .then(() => true),
          60_000,
        );
        const sent = new Map<string, number[]>();
        const publish = async (count: number) => {
          const records = Array.from({ length: count }, () => {
            const entity = `e${Math.floor(random() * ENTITIES)}`;
            const seqs = sent.get(entity) ?? [];
            const seq = seqs.length + 1;
            sent.set(entity, [...seqs, seq]);
            const value = encodeEvent({
              id: `${TENANT}/${entity}/${seq}`,
              source: 'throughline/conversation',
              type: 'throughline.conversation.v1.NoteAdded',
              subject: entity,
              time: new Date(),
              recordedAt: new Date(),
              tenantId: TENANT,
              data: conversationV1.NoteAdded.encode(conversationV1.NoteAdded.fromPartial({})).finish(),
            });
            return { topic: TOPIC, key: `${TENANT}/${entity}`, value };
          });
          await bus.producer.publish(records);
        };
        for (let i = 0; i < KILLS; i++) {
          const place = i % 2;
          await members[place]!.kill();
          const doomed = (members[place] = await start(points[i % points.length]!));
          // In the middle the receiver is away as well.
          up = i !== Math.floor(KILLS / 2);
          await publish(Math.floor(FACTS / KILLS));
          const end = Date.now() + 6_000 + random() * 2_000;
          while (doomed.alive() && Date.now() < end) await pause(50);
          await doomed.kill();
          members[place] = await start('');
        }
        up = true;
        const wanted = [...sent.values()].reduce((sum, seqs) => sum + seqs.length, 0);
        await eventually('everything at the receiver', () => withoutRepetitions(got).length >= wanted, 120_000);
        expect(judge(sent, withoutRepetitions(got))).toEqual(perfect);
        const left = await mongoClient
          .db(scope.db)
          .collection('webhook_deliveries')
          .countDocuments({ state: 'failed' });
        expect(left).toBe(0);
        console.info(`${wanted} facts, ${got.length - wanted} repeated, ${KILLS} kills`);
      } catch (error) {
        console.error(members.map((member) => member.log().slice(-2_000)).join('\n'));
        throw error;
      } finally {
        for (const member of members) await member.kill();
        receiver.closeAllConnections();
        receiver.close();
        await bus.stop();
        await mongoClient.db(scope.db).dropDatabase();
        await mongoClient.close();
      }
    },
    long ? 3_600_000 : 300_000,
  );
});
