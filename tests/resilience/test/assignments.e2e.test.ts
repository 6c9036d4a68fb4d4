import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBus } from '@throughline/bus';
import { repoRoot } from '@throughline/local';
import { routingV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, freePort, testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import type { WorkFact } from '../src/assignments';
import { checkAssignments, factOf } from '../src/assignments';
import { pause } from '../src/world';

const long = process.env['LONG'] === '1';
const AGENTS = long ? 50 : 20;
// In the long form several workers act for each agent and race: what one has done is refused to the others.
const WORKERS = long ? 200 : AGENTS;
const CONTACTS = long ? 5_000 : 300;
const PAUSE_MS = long ? 60_000 : 7_000;
// They come all the while that owners sleep and wake, not before.
const ARRIVAL_MS = (2 * PAUSE_MS) / CONTACTS;
const CUSTOMERS = 8;
// How often a worker looks while there is something to do, and while there is not. Many that look often are a test of the
// machine, which then starves those who are tested.
const BUSY_MS = long ? 400 : 20;
const IDLE_MS = long ? 600 : 300;
// In the long form contacts are held for so long that agents are hardly enough: who becomes free is waited for.
const HELD_MS = long ? 2_000 : 0;
const TENANT = 'p6';

type Client = ClientOf<typeof routingV1.RoutingServiceService>;

const channelOf = (workItemId: string) => (Number(workItemId.slice(1)) % 4 === 0 ? 'voice' : 'chat');
const unitsOf = (workItemId: string) => (channelOf(workItemId) === 'voice' ? 100 : 30);

describe('the checker of assignments can fail', () => {
  const fact = (n: number, type: string, agentId: string, at: number, workItemId = 'w1'): WorkFact => ({
    id: `p6/work/${workItemId}/${n}`,
    type,
    agentId,
    at,
    workItemId,
  });
  const sound = [
    fact(1, 'WorkItemQueued', '', 0),
    fact(2, 'OfferMade', 'a', 1),
    fact(3, 'OfferAccepted', 'a', 2),
    fact(4, 'WorkItemHandled', 'a', 3),
    fact(5, 'WorkItemCompleted', 'a', 3),
  ];
  const check = (facts: WorkFact[]) => checkAssignments(facts, unitsOf, 2);

  it('finds nothing in a sound history, even when every event came twice', () => {
    const found = check([...sound, ...sound]);
    expect(found).toMatchObject({ doubled: [], overloaded: [], misnumbered: [], accepted: 1, completed: 1 });
  });

  it('finds a second owner, an agent with too much, a lost event and a wait beside a free agent', () => {
    const second = [fact(3, 'OfferMade', 'b', 2), ...sound.slice(0, 2)];
    expect(check(second).doubled).toEqual(['w1: a and b']);
    const twice = [...sound.slice(0, 2), fact(1, 'OfferMade', 'a', 2, 'w4'), fact(1, 'OfferMade', 'a', 2, 'w8')];
    expect(check(twice).overloaded).not.toEqual([]);
    expect(check(sound.filter((_, i) => i !== 1)).misnumbered).not.toEqual([]);
    const late = [fact(1, 'WorkItemQueued', '', 0), fact(2, 'OfferMade', 'a', 30_000)];
    expect(check(late).longestIdleWaitMs).toBe(30_000);
  });

  it('finds one contact that is passed over while others come and go', () => {
    // One agent takes a chat each second and ends it after 900 ms; the first chat of all would have had room beside it.
    const others = Array.from({ length: 20 }, (_, i) => {
      const id = `w${i * 4 + 5}`;
      const at = i * 1_000;
      return [
        fact(1, 'WorkItemQueued', '', at, id),
        fact(2, 'OfferMade', 'a', at, id),
        fact(3, 'OfferAccepted', 'a', at + 100, id),
        fact(4, 'WorkItemHandled', 'a', at + 900, id),
        fact(5, 'WorkItemCompleted', 'a', at + 900, id),
      ];
    }).flat();
    const forgotten = [fact(1, 'WorkItemQueued', '', 500), fact(2, 'OfferMade', 'a', 19_950)];
    const found = checkAssignments([...others, ...forgotten], unitsOf, 1);
    expect(found).toMatchObject({ longestIdleWaitMs: 19_450, waitedLong: 1 });
    // A call needs the agent alone: it had room only in the tenths of seconds between two chats.
    const call = forgotten.map((one) => ({ ...one, workItemId: 'w8', id: one.id.replace('w1', 'w8') }));
    expect(checkAssignments([...others, ...call], unitsOf, 1)).toMatchObject({ longestIdleWaitMs: 100, waitedLong: 1 });
  });
});

describe('P6: nobody is given twice, nobody is given too much', () => {
  it(
    'while the owners of the shards are paused and come back',
    async () => {
      const scope = testScope('p6');
      const keys = generateKeyPairSync('ed25519');
      const telemetry = noTelemetry();
      const bus = createBus({
        brokers: scope.kafkaBrokers,
        clientId: 'p6',
        topicPrefix: scope.topicPrefix,
        telemetry,
      });
      await bus.start();
      const topics = [
        'conversation.conversations.v1',
        'sla.clocks.v1',
        'feedback.surveys.v1',
        'feedback.cases.v1',
        'routing.work.v1',
        'routing.agents.v1',
        'routing.dlq.v1',
      ];
      await bus.admin.ensureTopics(topics.map((name) => ({ name, partitions: 3, replicas: 1 })));
      const facts: WorkFact[] = [];
      // The whole judgement is made once, at the end: it takes longer than the wait between two looks.
      const completed = new Set<string>();
      bus.consume({
        group: 'checker',
        topics: ['routing.work.v1'],
        deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
        handle: async (deliveries) => {
          for (const { event } of deliveries) {
            const codec = routingV1[event.type.split('.').at(-1) as 'OfferMade'];
            const fact = factOf(event, codec.decode(event.data));
            facts.push(fact);
            if (fact.type === 'WorkItemCompleted') completed.add(fact.workItemId);
          }
        },
      });
      const folder = mkdtempSync(join(tmpdir(), 'p6-'));
      const sign = createCallerSigner(keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'));
      const members: { child: ChildProcess; client: Client; paused: boolean; log(): string }[] = [];
      const start = async (name: string) => {
        const port = await freePort();
        const file = join(folder, `${name}.log`);
        const log = openSync(file, 'a');
        const env = {
          ...scope.env,
          PATH: process.env['PATH'],
          GRPC_PORT: String(port),
          CALLER_PUBLIC_KEY: keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
          ROUTING_LEASE_MS: long ? '5000' : '2000',
          LOG_LEVEL: 'info',
        };
        const child = spawn(process.execPath, [join(repoRoot, 'services/routing/dist/main.js')], {
          env,
          stdio: ['ignore', log, log],
        });
        const client: Client = createClient(routingV1.RoutingServiceService, `127.0.0.1:${port}`, {
          caller: () => sign({ tenantId: TENANT, subject: 'p6', kind: 'service', scopes: ['*'] }),
          deadlineMs: 3_000,
        });
        // Known before it answers: whatever happens, it is ended.
        members.push({ child, client, paused: false, log: () => readFileSync(file, 'utf8') });
        await eventually(
          `${name} answers`,
          () => client.listQueues({ pageSize: 1, pageToken: '' }).then(() => true),
          90_000,
        );
      };
      const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
      // Any member that is awake; what fails is tried again, as a worker would.
      const patiently = async <T>(ask: (client: Client) => Promise<T>): Promise<T> => {
        for (let attempt = 0; ; attempt++) {
          const awake = members.filter(({ paused }) => !paused);
          const { client } = awake[Math.floor(Math.random() * awake.length)]!;
          try {
            return await ask(client);
          } catch (error) {
            if ((error as { kind?: string }).kind !== 'unavailable' || attempt > 60) throw error;
            await pause(100);
          }
        }
      };
      let over = false;
      let told: NodeJS.Timeout | undefined;
      try {
        await Promise.all([start('one'), start('two')]);
        await patiently((client) =>
          client.createQueue({ queue: routingV1.Queue.fromPartial({ id: 'q' }), requestId: 'q' }),
        );
        const agentIds = Array.from({ length: AGENTS }, (_, i) => `a${i}`);
        for (const id of agentIds) {
          const agent = routingV1.Agent.fromPartial({ id, queueIds: ['q'] });
          await patiently((client) => client.createAgent({ agent, requestId: id }));
          await patiently((client) =>
            client.setPresence({
              agentId: id,
              presence: routingV1.Presence.AVAILABLE,
              reason: '',
              requestId: `on-${id}`,
            }),
          );
        }
        const answeredAt = new Map<string, number>();
        const work = async (agentId: string) => {
          while (!over) {
            const { state } = await patiently((client) => client.getAgentState({ agentId }));
            for (const one of state!.work) {
              // What was true when we looked may not be any more: refusals are part of the game.
              const refused = (error: { kind?: string }) => {
                if (error.kind !== 'precondition' && error.kind !== 'not_found') throw error;
              };
              if (one.state === routingV1.WorkState.OFFERED) {
                await patiently((client) => client.acceptOffer({ offerId: one.offerId, requestId: '' })).catch(refused);
              } else {
                const since = answeredAt.get(one.workItemId) ?? Date.now();
                answeredAt.set(one.workItemId, since);
                if (Date.now() - since < HELD_MS) continue;
                const done = { workItemId: one.workItemId, reason: 'done', skipWrapUp: true, requestId: '' };
                await patiently((client) => client.completeWorkItem(done)).catch(refused);
              }
            }
            if (state!.presence === routingV1.Presence.NOT_READY) {
              const back = { agentId, presence: routingV1.Presence.AVAILABLE, reason: '', requestId: '' };
              await patiently((client) => client.setPresence(back));
            }
            await pause((state!.work.length > 0 ? BUSY_MS : IDLE_MS) * (0.5 + Math.random()));
          }
        };
        const failures: unknown[] = [];
        const workers = Array.from({ length: WORKERS }, (_, i) =>
          work(agentIds[i % AGENTS]!).catch((error) => failures.push(error)),
        );
        const startedAt = Date.now();
        let arrived = 0;
        const customer = async () => {
          while (arrived < CONTACTS) {
            const i = arrived++;
            await pause(Math.max(0, startedAt + i * ARRIVAL_MS - Date.now()));
            const workItemId = `w${i}`;
            const request = routingV1.SubmitWorkItemRequest.fromPartial({
              workItemId,
              channel: channelOf(workItemId),
              queueId: 'q',
              requestId: workItemId,
            });
            await patiently((client) => client.submitWorkItem(request));
          }
        };
        const customers = Promise.all(Array.from({ length: CUSTOMERS }, customer));
        // A long run that stands still should say where.
        told = setInterval(
          () => {
            const at = Math.round((Date.now() - startedAt) / 1000);
            const asleep = members.findIndex(({ paused }) => paused);
            process.stdout.write(
              `P6 ${JSON.stringify({ at, arrived, completed: completed.size, facts: facts.length, asleep, failures: failures.length })}\n`,
            );
          },
          long ? 10_000 : 60_000,
        );
        // Each in turn sleeps while the other takes over, and wakes believing that all is as it was.
        for (const member of members) {
          await pause(2_000);
          member.paused = true;
          member.child.kill('SIGSTOP');
          await pause(PAUSE_MS);
          member.child.kill('SIGCONT');
          await pause(500);
          member.paused = false;
        }
        await customers;
        const finished = () => completed.size >= CONTACTS || failures.length > 0;
        await eventually('the end of all contacts', finished, long ? 300_000 : 90_000);
        over = true;
        await Promise.all(workers);
        const found = checkAssignments(facts, unitsOf, AGENTS);
        const { accepted, longestIdleWaitMs, waitedLong } = found;
        console.info(`P6: ${JSON.stringify({ facts: facts.length, accepted, longestIdleWaitMs, waitedLong })}`);
        expect(failures).toEqual([]);
        expect(found).toMatchObject({ doubled: [], overloaded: [], misnumbered: [] });
        expect({ accepted: found.accepted, completed: found.completed }).toEqual({
          accepted: CONTACTS,
          completed: CONTACTS,
        });
        expect(found.longestIdleWaitMs).toBeLessThanOrEqual(10_000);
        // Otherwise nobody had to wait for anybody, and the line before says little.
        if (long) expect(waitedLong).toBeGreaterThan(CONTACTS / 10);
        // The pauses did what they are for: shards changed hands.
        expect(members.map(({ log }) => log()).join('')).toContain('lost a shard');
      } finally {
        over = true;
        clearInterval(told);
        for (const { child, client } of members) {
          child.kill('SIGCONT');
          child.kill('SIGKILL');
          client.close();
        }
        await bus.stop();
        await mongoClient.db(scope.db).dropDatabase();
        await mongoClient.close();
      }
    },
    long ? 900_000 : 240_000,
  );
});
