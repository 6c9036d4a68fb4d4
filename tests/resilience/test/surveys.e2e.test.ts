import { join } from 'node:path';
import { decodeMessage, encodeEvent } from '@throughline/bus';
import { conversationV1, notificationV1, feedbackV1 as v1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually, freePort } from '@throughline/testing';
import { infra, long } from '../src/infra';
import type { Member, World } from '../src/world';
import { openWorld, TENANT } from '../src/world';

const journeys = long ? 5_000 : 400;
const delaySeconds = 10;
const fiveMinutes = 300_000;

const record = (i: number, seq: number, type: string, data: Uint8Array) => {
  const conversationId = `c${i}`;
  const at = new Date();
  const value = encodeEvent({
    id: `${conversationId}/${seq}`,
    source: 'throughline/conversation',
    type: `throughline.conversation.v1.${type}`,
    subject: conversationId,
    time: at,
    recordedAt: at,
    tenantId: TENANT,
    // Every tenth customer comes twice: asked about one journey, and not about the other.
    contactPoint: `email:u${i % 10 === 9 ? i - 1 : i}@example.org`,
    conversationId,
    channel: 'email',
    data,
  });
  return { topic: 'conversation.conversations.v1', key: `${TENANT}/${conversationId}`, value };
};

const told = (i: number) => {
  const conversationId = `c${i}`;
  const { ConversationOpened, ConversationState, ConversationStateChanged } = conversationV1;
  const opened = ConversationOpened.fromPartial({ conversationId, channel: 'email', subject: 'Order', language: 'en' });
  const solved = ConversationStateChanged.fromPartial({
    conversationId,
    from: ConversationState.OPEN,
    to: ConversationState.SOLVED,
  });
  return [
    record(i, 1, 'ConversationOpened', ConversationOpened.encode(opened).finish()),
    record(i, 2, 'ConversationStateChanged', ConversationStateChanged.encode(solved).finish()),
  ];
};

describe('nobody is asked twice and nobody is forgotten, whichever process lives', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  it(`${journeys} journeys, two processes whose clocks are five minutes apart, one killed before anybody is due`, async () => {
    const skew = join(__dirname, '..', 'src', 'skew.cjs');
    const start = async (more: Record<string, string> = {}): Promise<{ member: Member; grpc: number }> => {
      const [grpc, http, ops] = [await freePort(), await freePort(), await freePort()];
      const member = world.start('feedback', '', {
        GRPC_PORT: String(grpc),
        HTTP_PORT: String(http),
        OPS_PORT: String(ops),
        FEEDBACK_LOOK_MS: '200',
        FEEDBACK_LINK_KEYS: JSON.stringify([{ kid: 1, secret: 'a secret only for tests, long enough' }]),
        ...more,
      });
      await eventually('a process', async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, 60_000);
      return { member, grpc };
    };
    const survivor = await start();
    const victim = await start({ NODE_OPTIONS: `--require ${skew}`, SKEW_MS: String(fiveMinutes) });
    const shares = world.database('feedback').collection('asking_leases');
    const bothHaveWork = async () =>
      new Set((await shares.find({ kind: 'shard' }).toArray()).map(({ owner }) => owner)).size === 2;
    // Or nothing would be left behind by the one that dies.
    await eventually('both have a part of the work', bothHaveWork, 30_000);
    const client = createClient(v1.FeedbackServiceService, `127.0.0.1:${survivor.grpc}`, {
      caller: world.callerToken,
      deadlineMs: 10_000,
    });
    await client.createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'after',
        content: { questions: [{ id: 'csat', kind: v1.QuestionKind.CSAT }], delaySeconds },
      } as never),
    );
    const records = Array.from({ length: journeys }, (_, i) => told(i)).flat();
    await world.bus.producer.publish(records);
    const dockets = world.database('feedback').collection('dockets');
    const planned = () => dockets.countDocuments({ 'ask.dueAt': { $exists: true } });
    await eventually('all are planned', async () => (await planned()) === journeys, 60_000);
    const last = await dockets.find().sort({ 'ask.dueAt': -1 }).limit(1).next();
    await victim.member.kill();
    await eventually('everybody is decided about', async () => (await planned()) === 0, 60_000);
    const lateMs = Date.now() - (last!['ask'].dueAt as number);
    // Told again, as after a reset of offsets.
    await world.bus.producer.publish(records);
    const lag = () => world.bus.admin.lag('feedback', ['conversation.conversations.v1']);
    await eventually('they are read', async () => (await lag()) === 0, 30_000);

    const asked = new Map<string, Set<string>>();
    const refused = new Set<string>();
    const read = async () => {
      await world.bus.readTopic('notification.requests.v1', (raw) => {
        const event = decodeMessage(raw);
        const { notification } = notificationV1.NotificationRequested.decode(event.data);
        const ids = asked.get(notification!.conversationId) ?? new Set<string>();
        asked.set(notification!.conversationId, ids.add(event.id));
      });
      await world.bus.readTopic('feedback.surveys.v1', (raw) => {
        const event = decodeMessage(raw);
        if (event.type.endsWith('.SurveyNotAsked')) refused.add(event.conversationId!);
      });
      return asked.size + refused.size >= journeys;
    };
    await eventually('everybody has an answer', read, 30_000);
    console.info(JSON.stringify({ journeys, asked: asked.size, quarantined: refused.size, lateMs }));
    expect([...asked.values()].filter((ids) => ids.size > 1)).toEqual([]);
    expect(asked.size).toBe((journeys * 9) / 10);
    expect(refused.size).toBe(journeys / 10);
    expect(lateMs).toBeLessThan(15_000);
  }, 180_000);
});
