import type { Fate, Invitation, InvitationEvent } from '../../src/domain/ask/invitation';
import { decideAnswer, decideFate, decideInvite, evolveInvitation } from '../../src/domain/ask/invitation';
import type { AnswerContent } from '../../src/domain/survey/answer';
import { isLowAnswer } from '../../src/domain/survey/answer';
import type { Question } from '../../src/domain/survey/survey';
import { checkSameScales, checkSurvey } from '../../src/domain/survey/survey';
import { questionText } from '../../src/domain/survey/wording';
import { content, facts, question } from './fixtures';

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};

const answer = (numbers: Record<string, number>, more: Partial<AnswerContent> = {}): AnswerContent => ({
  numbers,
  words: {},
  comment: '',
  mayContact: false,
  ...more,
});

const terms = {
  id: 'i1',
  surveyId: 'after',
  surveyVersion: 1,
  customerId: 'ada',
  contactPoint: 'email:ada@example.org',
  conversationId: 'c1',
  issueId: '',
  facts,
  channel: 'email',
  language: 'en',
  linkOnly: false,
  endedAt: 0,
  createdAt: 0,
  closesAt: 1000,
};
const { questions } = content();
const apply = (state: Invitation | undefined, events: InvitationEvent[]) => events.reduce(evolveInvitation, state!);
const invited = apply(undefined, decideInvite(undefined, terms, content()));
const give = (state: Invitation, given: AnswerContent, at = 10) =>
  decideAnswer(state, questions, { at, content: given, via: 'page' });

describe('answers', () => {
  test.each<[string, AnswerContent, string]>([
    ['a value of the scale', answer({ csat: 5 }), 'accepted'],
    ['below the scale', answer({ csat: 0 }), 'VALUE_OUT_OF_SCALE'],
    ['above the scale', answer({ csat: 6 }), 'VALUE_OUT_OF_SCALE'],
    ['not whole', answer({ csat: 4.5 }), 'VALUE_OUT_OF_SCALE'],
    ['no number', answer({ csat: Number.NaN }), 'VALUE_OUT_OF_SCALE'],
    ['a number for a text', answer({ csat: 5, why: 1 }), 'VALUE_OUT_OF_SCALE'],
    ['words for a scale', answer({}, { words: { csat: 'good' } }), 'VALUE_OUT_OF_SCALE'],
    ['a question that there is not', answer({ csat: 5, other: 1 }), 'QUESTION_UNKNOWN'],
    ['without what is required', answer({}, { words: { why: 'because' } }), 'ANSWER_MISSING'],
    ['nothing', answer({}), 'ANSWER_MISSING'],
    ['a comment of 4,000 characters', answer({ csat: 5 }, { comment: 'x'.repeat(4000) }), 'accepted'],
    ['a comment of 4,001 characters', answer({ csat: 5 }, { comment: 'x'.repeat(4001) }), 'COMMENT_TOO_LONG'],
  ])('%s', (_, given, expected) => {
    expect(reasonOf(() => give(invited, given))).toBe(expected);
  });

  test.each([
    [0, 'VALUE_OUT_OF_SCALE'],
    [1, 'accepted'],
    [10, 'accepted'],
    [11, 'VALUE_OUT_OF_SCALE'],
  ])('%i of the scale from 1 to 10', (value, expected) => {
    const given = { at: 10, content: answer({ csat: value }), via: 'page' as const };
    expect(reasonOf(() => decideAnswer(invited, [question('csat', 'csat_10')], given))).toBe(expected);
  });

  test('the first is recorded, the same again does nothing, another one changes it', () => {
    const first = apply(invited, give(invited, answer({ csat: 2 })));
    expect(first.answer).toMatchObject({ revision: 1, low: true, at: 10 });
    expect(give(first, answer({ csat: 2 }))).toEqual([]);
    const second = apply(first, give(first, answer({ csat: 5 }), 20));
    expect(second.answer).toMatchObject({ revision: 2, low: false, at: 10, changedAt: 20 });
    // What is counted of it all: invited once, answered once, a 2 that came and went, a 5.
    const sums: Record<string, number> = {};
    for (const { add } of second.counts)
      for (const [name, n] of Object.entries(add)) sums[name] = (sums[name] ?? 0) + n;
    expect(sums).toEqual({ invited: 1, answered: 1, 2: 0, 5: 1 });
    expect(new Set(second.counts.map(({ id }) => id)).size).toBe(second.counts.length);
  });

  test('what a channel says again, or late, changes nothing', () => {
    const say = (state: Invitation, csat: number, saidAt: number) =>
      decideAnswer(state, questions, { at: 900, content: answer({ csat }), via: 'chat', saidAt });
    const first = apply(invited, say(invited, 5, 10));
    const second = apply(first, say(first, 4, 20));
    expect(second.answer).toMatchObject({ revision: 2, numbers: { csat: 4 } });
    expect(say(second, 5, 10)).toEqual([]);
    // Changed on the page meanwhile: what was said in the chat before that does not come back.
    const third = apply(second, give(second, answer({ csat: 1 }), 30));
    expect(say(third, 4, 20)).toEqual([]);
    expect(apply(third, say(third, 3, 40)).answer).toMatchObject({ revision: 4, numbers: { csat: 3 } });
  });

  test('nothing is taken once it is closed', () => {
    expect(reasonOf(() => give(invited, answer({ csat: 5 }), 999))).toBe('accepted');
    expect(reasonOf(() => give(invited, answer({ csat: 5 }), 1000))).toBe('INVITATION_CLOSED');
  });

  test.each<[Question['kind'], number, boolean]>([
    ['csat', 2, true],
    ['csat', 3, false],
    ['csat_10', 4, true],
    ['csat_10', 5, false],
    ['nps', 6, true],
    ['nps', 7, false],
    ['ces', 3, true],
    ['ces', 4, false],
    ['effort', 4, true],
    ['effort', 3, false],
    ['rating', 1, false],
  ])('%s %i is low: %s', (kind, value, low) => {
    expect(isLowAnswer([question('q', kind)], { numbers: { q: value } })).toBe(low);
  });
});

describe('surveys', () => {
  test.each<[string, Question[], string]>([
    ['standard kinds', [question('a', 'csat'), question('b', 'nps'), question('c', 'ces')], 'accepted'],
    ['two of one id', [question('a', 'csat'), question('a', 'nps')], 'QUESTION_TWICE'],
    ['a text without words', [question('a', 'text')], 'QUESTION_TEXT_MISSING'],
    ['a rating without a scale', [question('a', 'rating', { texts: { en: '?' } })], 'SCALE_INVALID'],
    ['a satisfaction with a scale', [question('a', 'csat', { scaleMax: 7 })], 'SCALE_INVALID'],
    ['both satisfactions', [question('a', 'csat'), question('b', 'csat_10')], 'accepted'],
    ['a choice of one', [question('a', 'choice', { texts: { en: '?' }, options: ['x'] })], 'OPTIONS_INVALID'],
    [
      'a choice of the same twice',
      [question('a', 'choice', { texts: { en: '?' }, options: ['x', 'x'] })],
      'OPTIONS_INVALID',
    ],
  ])('%s', (_, list, expected) => {
    expect(reasonOf(() => checkSurvey(content({ questions: list })))).toBe(expected);
  });

  test.each<[string, Question, string]>([
    ['the same with other words', question('a', 'csat', { texts: { en: 'Happy?' } }), 'accepted'],
    ['ten values instead of five', question('a', 'csat_10'), 'QUESTION_SCALE_CHANGED'],
    ['a new question', question('b', 'csat_10'), 'accepted'],
    ['a rating with more values', question('r', 'rating', { scaleMax: 10 }), 'QUESTION_SCALE_CHANGED'],
  ])('a new version: %s', (_, asked, expected) => {
    const before = content({ questions: [question('a', 'csat'), question('r', 'rating', { scaleMax: 5 })] });
    expect(reasonOf(() => checkSameScales(before, content({ questions: [asked] })))).toBe(expected);
  });

  test.each([
    ['csat', 'en', 'How satisfied were you with this interaction?'],
    ['csat', 'fr', 'How satisfied were you with this interaction?'],
    ['csat', 'zh-CN', '您对这次服务的满意程度如何？'],
    ['csat_10', 'en', 'How satisfied were you with this interaction?'],
    ['csat_10', 'zh', '您对这次服务的满意程度如何？'],
    ['nps', 'en', 'How likely are you to recommend Acme to a friend or colleague?'],
    ['ces', 'en-GB', 'Acme made it easy for me to handle my issue.'],
  ] as const)('%s in %s', (kind, language, expected) => {
    expect(questionText(question('q', kind), language, 'Acme')).toBe(expected);
  });

  test('own words win, in the language or else in English', () => {
    const own = question('q', 'csat', { texts: { en: 'Happy?', de: 'Zufrieden?' } });
    expect(['de-AT', 'en', 'zh'].map((language) => questionText(own, language, ''))).toEqual([
      'Zufrieden?',
      'Happy?',
      'Happy?',
    ]);
  });
});

describe('what became of the message', () => {
  const fate = (state: Fate['state'], reason = '', more: Partial<Fate> = {}): Fate => ({
    state,
    reason,
    detail: '',
    at: 5,
    deliveryId: 'ntf_1',
    ...more,
  });
  const asked = apply(undefined, decideInvite(undefined, { ...terms, linkOnly: false }, content()));
  const after = (...fates: Fate[]) => fates.reduce((state, one) => apply(state, decideFate(state, one)), asked);
  const told = (...fates: Fate[]) => {
    const last = fates.at(-1)!;
    return decideFate(after(...fates.slice(0, -1)), last).map(({ type }) => type).length;
  };

  test.each<[string, Fate[], number]>([
    ['it is sent', [fate('sent')], 1],
    ['it waits', [fate('held', 'QUIET_HOURS')], 1],
    ['it waits for the same reason', [fate('held', 'QUIET_HOURS'), fate('held', 'QUIET_HOURS')], 0],
    ['it waits for another reason', [fate('held', 'QUIET_HOURS'), fate('held', 'BUDGET_SPENT')], 1],
    ['it waited and goes', [fate('held', 'QUIET_HOURS'), fate('sent')], 1],
    ['late news of its waiting', [fate('sent'), fate('held', 'QUIET_HOURS')], 0],
    ['sent is told again', [fate('sent'), fate('sent')], 0],
    ['it comes back after it was sent', [fate('sent'), fate('bounced', '5.1.1')], 1],
    ['it is sent after it came back', [fate('bounced', '5.1.1'), fate('sent')], 0],
    ['it comes back twice', [fate('bounced', '5.1.1'), fate('bounced', '5.1.1')], 0],
    ['it was refused and is sent', [fate('refused', 'EXPIRED'), fate('sent')], 0],
  ])('%s', (_, fates, expected) => {
    expect(told(...fates)).toBe(expected);
  });

  test.each<[Fate, Record<string, number>]>([
    [fate('refused', 'ADDRESS_SUPPRESSED'), { invited: -1, 'not_asked:ADDRESS_SUPPRESSED': 1 }],
    [fate('bounced', '5.1.1'), { invited: -1, 'not_asked:BOUNCED': 1 }],
    [fate('refused', 'a.b$'), { invited: -1, 'not_asked:____': 1 }],
  ])('whom it did not reach leaves those who were asked: %j', (one, add) => {
    expect(after(one).counts.at(-1)!.add).toEqual(add);
  });

  test('whoever answers although it came back was asked after all', () => {
    const lost = after(fate('bounced', '5.1.1'));
    const all = apply(lost, decideAnswer(lost, questions, { at: 9, content: answer({ csat: 4 }), via: 'page' }));
    const sums: Record<string, number> = {};
    for (const { add } of all.counts) for (const [name, n] of Object.entries(add)) sums[name] = (sums[name] ?? 0) + n;
    expect(sums).toEqual({ invited: 1, answered: 1, 'not_asked:BOUNCED': 0, 4: 1 });
  });

  test('a message that comes back after the answer takes no answer away, and a link of the caller has no fate', () => {
    const [event] = decideAnswer(asked, questions, { at: 3, content: answer({ csat: 4 }), via: 'page' });
    expect(decideFate(evolveInvitation(asked, event!), fate('bounced', '5.1.1'))).toEqual([]);
    const byLink = apply(undefined, decideInvite(undefined, { ...terms, linkOnly: true }, content()));
    expect(decideFate(byLink, fate('sent'))).toEqual([]);
  });
});
