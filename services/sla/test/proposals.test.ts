import { committing } from '../src/domain/promise/commitment';
import type { Commitment, PromiseCommand, Terms } from '../src/domain/promise/promise';
import { decide, evolve, nextMoment } from '../src/domain/promise/promise';
import { timeInText } from '../src/outbound/times-in-text';

// Wednesday, 25 November 2026, 10:30 in Berlin and 17:30 in Shanghai.
const now = Date.parse('2026-11-25T09:30:00Z');

const dueIn = (text: string, zone: string, from = now): string | undefined => {
  const [first] = committing(text);
  const at = first && timeInText(first, from, zone);
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
};

describe('a time that a reply names', () => {
  test.each([
    ['I will call you back by three.', '2026-11-25T14:00'],
    ["I'll call you at 10.", '2026-11-26T09:00'],
    ['We will send it tomorrow 15:00.', '2026-11-26T14:00'],
    ['Somebody will get back to you by 3pm on Friday.', '2026-11-27T14:00'],
    ['We will reply within two hours.', '2026-11-25T11:30'],
    ['You will have it by end of day.', '2026-11-25T16:00'],
    ['My colleague will call you on Monday morning.', '2026-11-30T11:00'],
    ['I will answer by noon.', '2026-11-25T11:00'],
    ['I will be back with you by half past four.', '2026-11-25T15:30'],
    ['We will refund you by 5 December.', '2026-12-05T16:00'],
    ['I will call you tomorrow at 9.', '2026-11-26T08:00'],
    ['Ich melde mich morgen um 15 Uhr.', '2026-11-26T14:00'],
  ])('%s', (text, expected) => {
    expect(dueIn(text, 'Europe/Berlin')).toBe(expected);
  });

  test.each([
    ['我明天15:00给您回电话。', '2026-11-26T07:00'],
    ['我们会在周五下午三点前回复您。', '2026-11-27T07:00'],
    ['我今天晚上8点之前答复您。', '2026-11-25T12:00'],
    ['我会在两小时内回复您。', '2026-11-25T11:30'],
    ['我们会在十五分钟内给您回电。', '2026-11-25T09:45'],
    ['后天上午10点会给您回电。', '2026-11-27T02:00'],
    ['我们会在12月5日前退款给您。', '2026-12-05T09:00'],
  ])('%s', (text, expected) => {
    expect(dueIn(text, 'Asia/Shanghai')).toBe(expected);
  });

  test.each([
    ['I will call you tomorrow at 15:00.', 'Asia/Shanghai', '2026-11-30T07:00'],
    ['我明天15:00给您回电话。', 'Asia/Shanghai', '2026-11-30T07:00'],
    ['后天上午10点会给您回电。', 'Asia/Shanghai', '2026-12-01T02:00'],
    ['我们会在周一上午10点前回复您。', 'Asia/Shanghai', '2026-11-30T02:00'],
    ['我明天15:00给您回电话。', 'America/Los_Angeles', '2026-11-29T23:00'],
  ])('%s, counted from the day it is in %s', (text, zone, expected) => {
    // Saturday 17:22 in Greenwich, Sunday 01:22 in Shanghai, Saturday 09:22 in Los Angeles.
    expect(dueIn(text, zone, Date.parse('2026-11-28T17:22:00Z'))).toBe(expected);
  });

  test('counts on the clock of the customer, over a change to winter time', () => {
    const [said] = committing('We will call you tomorrow at 15:00.');
    const saturday = Date.parse('2026-10-24T10:00:00Z');
    expect(new Date(timeInText(said!, saturday, 'Europe/Berlin')!).toISOString()).toBe('2026-10-25T14:00:00.000Z');
  });

  test.each([
    ['a question', 'Will you be at home tomorrow at 15:00?'],
    ['no promise', 'Your parcel left on Monday at 15:00.'],
    ['no time', 'We will look into it.'],
    ['long gone', 'I will check the invoice of 3 March 2024.'],
    ['a number', 'I will send you 3 of them by post.'],
    ['quoted', 'Thanks!\n> I will call you tomorrow at 15:00.'],
    ['a question in Chinese', '我们明天15:00给您回电可以吗？'],
  ])('%s is none: %s', (_, text) => {
    expect(dueIn(text, 'Europe/Berlin')).toBeUndefined();
  });

  test('each sentence counts for itself', () => {
    const said = committing('Sorry! I will call by three. We will refund you by Friday.\nAnything else?');
    expect(said.map(({ sentence }) => sentence)).toEqual(['I will call by three.', 'We will refund you by Friday.']);
  });
});

const terms = { id: 'p', what: 'call', ownerId: 'ann', dueAt: now + 3_600_000, remindMs: 900_000, noticeMs: 450_000 };
const play = (commands: PromiseCommand[]) =>
  commands.reduce<Commitment | undefined>((state, command) => decide(state, command).reduce(evolve, state), undefined);
const propose: PromiseCommand = { type: 'propose', at: now, terms: terms as Terms };

describe('a proposal', () => {
  test('has no effect of its own: nothing is due, nothing is kept or broken', () => {
    const state = play([propose])!;
    expect(state.state).toBe('proposed');
    expect(nextMoment(state)).toBeUndefined();
    expect(decide(state, { type: 'check', at: terms.dueAt + 1 })).toEqual([]);
    for (const type of ['keep', 'renegotiate', 'withdraw'] as const) {
      const command = { type, at: now, note: '', reason: '', dueAt: now + 9e6 } as PromiseCommand;
      expect(() => decide(state, command)).toThrow('only proposed');
    }
    expect(decide(state, propose)).toEqual([]);
  });

  test('confirmed it is a promise, with what the person changed', () => {
    const confirm = { type: 'confirm' as const, at: now + 60_000, what: '', ownerId: 'ben', dueAt: now + 7_260_000 };
    const state = play([propose, confirm])!;
    expect(state).toMatchObject({ state: 'open', what: 'call', ownerId: 'ben', dueAt: now + 7_260_000 });
    expect(nextMoment(state)).toBe(now + 7_260_000 - 1_800_000);
    expect(() => decide(state, confirm)).toThrow('open');
    expect(() => decide(play([propose]), { ...confirm, at: terms.dueAt, dueAt: undefined })).toThrow('future');
  });

  test('dismissed it stays dismissed', () => {
    const state = play([propose, { type: 'dismiss', at: now, reason: 'the weather' }])!;
    expect(state).toMatchObject({ state: 'dismissed', reason: 'the weather' });
    expect(decide(state, { type: 'dismiss', at: now, reason: '' })).toEqual([]);
    expect(() => decide(state, { type: 'confirm', at: now, what: '', ownerId: '' })).toThrow('dismissed');
  });
});
