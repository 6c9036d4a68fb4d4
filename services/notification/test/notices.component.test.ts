import { commonV1, conversationV1, slaV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import { mongo } from 'mongoose';
import { stampOldNotices } from '../src/outbound/notice-store';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let client: Client;
jest.setTimeout(60_000);

beforeAll(async () => {
  service = await startService();
  client = service.client('acme');
});
afterAll(() => service?.stop());

const list = async (agentId: string, teamIds: string[] = []) =>
  (await client.listNotices({ agentId, teamIds, pageSize: 0, pageToken: '' })).notices;
const fact = (topic: string, type: string, data: Uint8Array, id: string) =>
  service.publish(topic, { tenantId: 'acme', type, subject: 'c1', contactPoint: '', data }, id);
const conversation = (type: string, data: Uint8Array, id: string) =>
  fact('conversation.conversations.v1', `throughline.conversation.v1.${type}`, data, id);
const clock = (type: string, data: Uint8Array, id: string) =>
  fact('sla.clocks.v1', `throughline.sla.v1.${type}`, data, id);

const assigned = conversationV1.ConversationDetailsChanged.encode(
  conversationV1.ConversationDetailsChanged.fromPartial({
    conversationId: 'c1',
    changedFields: ['assignee_id'],
    assigneeId: '7',
  }),
).finish();
const warned = slaV1.ClockWarned.encode(
  slaV1.ClockWarned.fromPartial({
    clock: { conversationId: 'c1', clockId: 'k1', team: 'billing' },
    summary: '75 % used',
  }),
).finish();
const breached = slaV1.ClockBreached.encode(
  slaV1.ClockBreached.fromPartial({
    clock: { conversationId: 'c9', clockId: 'k9', team: 'sales' },
    summary: 'not ours',
  }),
).finish();
const escalated = slaV1.ClockEscalated.encode(
  slaV1.ClockEscalated.fromPartial({
    clock: { conversationId: 'c1', clockId: 'k1' },
    summary: 'past due',
    actions: [
      { kind: slaV1.EscalationActionKind.NOTIFY, to: 'team:billing' },
      { kind: slaV1.EscalationActionKind.PAGE, to: '8' },
    ],
  }),
).finish();
const noted = conversationV1.NoteAdded.encode(
  conversationV1.NoteAdded.fromPartial({
    conversationId: 'c1',
    messageId: 'm1',
    author: { kind: commonV1.ActorKind.AGENT, displayName: 'Sam' },
    text: 'can you look?',
    mentions: ['7', '8', '7'],
  }),
).finish();

it('agents and teams hear live, once, what concerns them, and find it again after a break', async () => {
  const live: v1.WatchNoticesResponse[] = [];
  const stream = client.watchNotices({ agentId: '7', teamIds: ['billing'], afterCursor: '' });
  const reading = (async () => {
    for await (const one of stream) live.push(one);
  })().catch(() => undefined);
  // The stream tells only what comes after it was opened.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await conversation('ConversationDetailsChanged', assigned, 'a/1');
  await eventually('the assignment', () => live.some(({ notice }) => notice?.kind === v1.NoticeKind.ASSIGNMENT));
  for (let i = 0; i < 3; i++) await clock('ClockWarned', warned, 'k/1');
  await conversation('NoteAdded', noted, 'n/1');
  await clock('ClockEscalated', escalated, 'k/2');
  await clock('ClockBreached', breached, 'k/3');
  await eventually('all of them', () => live.length >= 5);
  stream.cancel();
  await reading;
  const shown = live.map(({ notice }) => `${notice?.kind} ${notice?.agentId}${notice?.teamId}`);
  expect(shown.sort()).toEqual([
    'NOTICE_KIND_ASSIGNMENT 7',
    'NOTICE_KIND_ESCALATION billing',
    'NOTICE_KIND_MENTION 7',
    'NOTICE_KIND_WARNING 7',
    'NOTICE_KIND_WARNING billing',
  ]);
  const others = (await list('8')).map(({ kind, text }) => `${kind} ${text}`);
  expect(others.sort()).toEqual(['NOTICE_KIND_ESCALATION past due', 'NOTICE_KIND_MENTION Sam: can you look?']);
  const elsewhere = { agentId: '7', teamIds: ['billing'], pageSize: 0, pageToken: '' };
  expect((await service.client('other').listNotices(elsewhere)).notices).toEqual([]);
  const again: string[] = [];
  const afterCursor = live[1]!.cursor;
  for await (const { notice } of client.watchNotices({ agentId: '7', teamIds: ['billing'], afterCursor })) {
    again.push(notice!.id);
    if (again.length === 3) break;
  }
  const rest = live.slice(2).map(({ notice }) => notice!.id);
  expect(again.sort()).toEqual(rest.sort());
});

it('what was written late is told to whoever comes back, and what they know is not told again', async () => {
  const told = async (afterCursor: string, n: number) => {
    const texts: string[] = [];
    for await (const { notice } of client.watchNotices({ agentId: 'late', teamIds: [], afterCursor })) {
      texts.push(notice!.text);
      if (texts.length === n) break;
    }
    return texts;
  };
  const now = Math.floor(Date.now() / 1000);
  const notice = (text: string, seconds: number) => ({
    _id: `acme/${text}` as never,
    tenantId: 'acme',
    recipient: 'agent:late',
    cursor: new mongo.Timestamp({ t: now + seconds, i: 1 }),
    at: new Date(),
    kind: 'mention',
    text,
    conversationId: 'c1',
    aboutId: 'm1',
  });
  const notices = service.db.collection('notices');
  await notices.insertMany([notice('first', -30), notice('second', -10)]);
  const { notices: listed } = await client.listNotices({ agentId: 'late', teamIds: [], pageSize: 0, pageToken: '' });
  expect(listed.map(({ text }) => text)).toEqual(['second', 'first']);
  const last = listed[0]!.cursor;
  await notices.insertOne(notice('third', -5));
  expect(await told(last, 1)).toEqual(['third']);
  // As by a process whose write got its stamp first and came through last.
  await notices.insertOne(notice('between', -20));
  expect(await told(last, 4)).toEqual(['first', 'between', 'second', 'third']);
});

it('pages through notices, and refuses places that it never gave', async () => {
  const mentions = (id: string) =>
    conversationV1.NoteAdded.encode(
      conversationV1.NoteAdded.fromPartial({ conversationId: 'c2', messageId: id, text: id, mentions: ['paged'] }),
    ).finish();
  for (let i = 0; i < 5; i++) await conversation('NoteAdded', mentions(`m${i}`), `p/${i}`);
  await eventually('all of them', async () => (await list('paged')).length === 5);
  const seen: string[] = [];
  let pageToken = '';
  do {
    const page = await client.listNotices({ agentId: 'paged', teamIds: [], pageSize: 2, pageToken });
    seen.push(...page.notices.map(({ aboutId }) => aboutId));
    pageToken = page.nextPageToken;
  } while (pageToken);
  expect(seen).toEqual((await list('paged')).map(({ aboutId }) => aboutId));
  expect(seen.sort()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  const watch = async () => {
    for await (const _ of client.watchNotices({ agentId: 'paged', teamIds: [], afterCursor: 'from the start' })) break;
  };
  await expect(watch()).rejects.toThrow(/after_cursor/);
  const foreign = Buffer.from('[1,"x"]').toString('base64url');
  await expect(client.listNotices({ agentId: 'paged', teamIds: [], pageSize: 2, pageToken: foreign })).rejects.toThrow(
    /page_token/,
  );
});

it('notices of an earlier version stay in their order', async () => {
  const notices = service.db.collection<{ _id: string; cursor: unknown }>('notices');
  const old = (n: number) => ({
    _id: `acme/old ${n}`,
    tenantId: 'acme',
    recipient: 'agent:old',
    cursor: `019a0000-000${n}-7000-8000-000000000000.10000`,
    at: new Date(),
    kind: 'mention',
    text: `${n}`,
    conversationId: 'c1',
    aboutId: 'm1',
  });
  await notices.insertMany([old(2), old(1), old(3)]);
  for (let turn = 0; turn < 2; turn++) await stampOldNotices(service.db);
  expect((await list('old')).map(({ text }) => text)).toEqual(['3', '2', '1']);
});
