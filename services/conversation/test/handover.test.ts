import { Refusal } from '@throughline/core';
import type { FollowRouting } from '../src/domain/commands';
import type { Conversation, Message } from '../src/domain/conversation';
import { initial } from '../src/domain/conversation';
import { decide } from '../src/domain/decide';
import { evolveAll } from '../src/domain/evolve';
import { prefill } from '../src/domain/handover';

const actor = { kind: 'SYSTEM' as const, id: 'routing', name: '' };
const started: Conversation = { ...initial('t', 'c'), createdAt: 1, channel: 'chat' };
const full = { issue: 'order 7', tried: 'new parcel', promised: 'nothing', nextStep: 'refund' };
const transfer = (handover: typeof full, state = started) =>
  decide(state, { type: 'transfer', at: 5, actor, toQueueId: 'second', toAgentId: '', reason: 'money', handover });

describe('the gate before a transfer', () => {
  test.each([
    [{ ...full, issue: '' }, ['handover.issue']],
    [{ ...full, tried: '  ' }, ['handover.tried']],
    [{ ...full, promised: '' }, ['handover.promised']],
    [{ ...full, nextStep: '\n' }, ['handover.next_step']],
    [
      { issue: '', tried: '', promised: '', nextStep: '' },
      ['handover.issue', 'handover.tried', 'handover.promised', 'handover.next_step'],
    ],
  ])('%j is refused for %j', (handover, fields) => {
    const refusal = transfer(handover) as Refusal;
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal.reason).toBe('HANDOVER_INCOMPLETE');
    expect(refusal.violations.map(({ field }) => field)).toEqual(fields);
  });

  test('a full one is told and kept; what is over is not passed on', () => {
    const events = transfer(full, { ...started, routed: { workItemId: 'w', sequence: 1, at: 1 } });
    expect(events).toEqual([expect.objectContaining({ type: 'transferred', workItemId: '', handover: full })]);
    expect(evolveAll(started, events as never).handover).toEqual(full);
    expect(transfer(full, { ...started, state: 'SOLVED' })).toMatchObject({ reason: 'TRANSITION_NOT_ALLOWED' });
  });
});

describe('from agent to agent', () => {
  const assigned = { ...started, state: 'OPEN' as const, assigneeId: 'ann' };
  const update = (assigneeId: string, state: Conversation) =>
    decide(state, { type: 'update', at: 5, actor, fields: ['assigneeId'], details: { ...state, assigneeId } });

  test('an update is no way round the handover; taking and letting go are', () => {
    expect(update('ben', assigned)).toMatchObject({
      reason: 'HANDOVER_INCOMPLETE',
      violations: [expect.objectContaining({ field: 'assignee_id', rule: 'handover' })],
    });
    expect(update('ann', assigned)).toEqual([]);
    expect(update('', assigned)).toHaveLength(1);
    expect(update('ben', started)).toHaveLength(2);
  });

  test('without routing the agent has it at once, with routing when they accept', () => {
    const command = {
      type: 'transfer' as const,
      at: 5,
      actor,
      toQueueId: '',
      toAgentId: 'ben',
      reason: 'r',
      handover: full,
    };
    expect(evolveAll(assigned, decide(assigned, command) as never).assigneeId).toBe('ben');
    const routed = { ...assigned, routed: { workItemId: 'w', sequence: 1, at: 1 } };
    expect(evolveAll(routed, decide(routed, command) as never).assigneeId).toBe('ann');
  });
});

const said = (over: Partial<FollowRouting>): FollowRouting => ({
  type: 'follow_routing',
  at: 10,
  actor,
  workItemId: 'w1',
  sequence: 1,
  ...over,
});
const play = (list: FollowRouting[], from = started) =>
  list.reduce((state, command) => evolveAll(state, decide(state, command) as never), from);

describe('following routing', () => {
  const story = [
    said({ sequence: 1, at: 10, queueId: 'first' }),
    said({ sequence: 3, at: 12, queueId: 'first', assigneeId: 'ann' }),
    said({ sequence: 4, at: 14, queueId: 'second', assigneeId: '' }),
    said({ sequence: 6, at: 16, queueId: 'second', assigneeId: 'ben' }),
    said({ workItemId: 'w2', sequence: 1, at: 30, queueId: 'first' }),
    said({ workItemId: 'w2', sequence: 3, at: 32, queueId: 'first', assigneeId: 'cat' }),
  ];

  test('shows queue and agent, and is open from the first agent on', () => {
    expect(play(story.slice(0, 1))).toMatchObject({ state: 'NEW', queueId: 'first', assigneeId: '' });
    expect(play(story.slice(0, 2))).toMatchObject({ state: 'OPEN', queueId: 'first', assigneeId: 'ann' });
    expect(play(story.slice(0, 3))).toMatchObject({ queueId: 'second', assigneeId: '' });
    expect(play(story)).toMatchObject({ queueId: 'first', assigneeId: 'cat' });
  });

  test('any earlier event again, after any number of them, changes nothing', () => {
    for (let upTo = 1; upTo <= story.length; upTo++) {
      const state = play(story.slice(0, upTo));
      for (let again = 0; again < upTo; again++) expect(decide(state, story[again]!)).toEqual([]);
    }
  });

  test('a handover that routing took is told once, one that came from here not again', () => {
    const transferred = { toQueueId: 'second', toAgentId: '', reason: 'money', handover: full };
    const events = decide(started, said({ transferred, queueId: 'second' })) as { type: string }[];
    expect(events.map(({ type }) => type)).toEqual(['routed', 'transferred', 'details_changed']);
    const own = evolveAll(started, transfer(full) as never);
    const after = decide(own, said({ transferred, queueId: 'second' })) as { type: string }[];
    expect(after.map(({ type }) => type)).toEqual(['routed']);
  });

  test('work of a conversation that is not here is no event', () => {
    expect(decide(initial('t', 'x'), story[0]!)).toEqual([]);
  });
});

describe('a prefilled handover', () => {
  const message = (position: number, kind: Message['kind'], text: string, over: Partial<Message> = {}): Message =>
    ({ id: `m${position}`, kind, text, position, messageClass: 'NORMAL', automatic: false, ...over }) as Message;

  test('takes each part from where it was said, and leaves open what nobody said', () => {
    const messages = [
      message(1, 'INBOUND', 'My parcel is late.'),
      message(2, 'OUTBOUND', 'We got your mail.', { automatic: true }),
      message(3, 'OUTBOUND', 'I asked the carrier. We will send a new one by Friday. Sorry!'),
      message(4, 'NOTE', 'carrier says: lost'),
      message(5, 'INBOUND', 'And when exactly?'),
    ];
    const { handover, sources } = prefill({ ...started, subject: 'Parcel 7' }, '', messages);
    expect(handover).toEqual({
      issue: 'Parcel 7',
      tried: 'Answered: I asked the carrier. We will send a new one by Friday. Sorry!\nNoted: carrier says: lost',
      promised: 'We will send a new one by Friday.',
      nextStep: 'Answer what the customer wrote last: And when exactly?',
    });
    expect(sources).toEqual([
      { field: 'issue', messageId: '' },
      { field: 'tried', messageId: 'm3' },
      { field: 'tried', messageId: 'm4' },
      { field: 'promised', messageId: 'm3' },
      { field: 'next_step', messageId: 'm5' },
    ]);
    expect(prefill(started, '', []).handover).toEqual({ issue: '', tried: '', promised: '', nextStep: '' });
  });

  test('names the promises that are kept, first; those that are settled are no longer told', () => {
    const promise = {
      id: 'p1',
      sequence: 1,
      open: true,
      what: 'a voucher',
      dueAt: Date.UTC(2026, 11, 1, 11),
      timeZone: 'Europe/Berlin',
    };
    const settled = { ...promise, id: 'p2', open: false, what: '' };
    const { handover, sources } = prefill({ ...started, promises: [settled, promise] }, '', [
      message(1, 'OUTBOUND', 'We will call you.'),
    ]);
    expect(handover.promised).toBe('a voucher, by 2026-12-01 12:00 (Europe/Berlin)\nWe will call you.');
    expect(sources.filter(({ field }) => field === 'promised')).toEqual([
      { field: 'promised', messageId: '' },
      { field: 'promised', messageId: 'm1' },
    ]);
  });

  test.each(['Wir melden uns bis Freitag.', '我们会在周五前回复您。', 'You’ll get it tomorrow.'])(
    'finds the promise in %s',
    (text) => expect(prefill(started, '', [message(1, 'OUTBOUND', text)]).handover.promised).toBe(text),
  );
});
