import { commonV1, conversationV1, slaV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
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
  const ordered = [...live].sort((a, b) => (a.cursor < b.cursor ? -1 : 1));
  const again: string[] = [];
  const afterCursor = ordered[1]!.cursor;
  for await (const { cursor } of client.watchNotices({ agentId: '7', teamIds: ['billing'], afterCursor })) {
    again.push(cursor);
    if (again.length === 3) break;
  }
  expect(again).toEqual(ordered.slice(2).map(({ cursor }) => cursor));
});
