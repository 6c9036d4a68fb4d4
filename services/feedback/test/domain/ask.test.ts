import type { AskDecision, AskQuestion } from '../../src/domain/ask/decide-ask';
import { decideAsk, drawOf } from '../../src/domain/ask/decide-ask';
import type { Docket, DocketEvent, DocketStep } from '../../src/domain/ask/docket';
import {
  callSettled,
  conversationOf,
  decided,
  emptyDocket,
  evolveDocket,
  fold,
  journeyOf,
  known,
} from '../../src/domain/ask/docket';
import type { Person, PersonCommand } from '../../src/domain/ask/person';
import { cameAgain, newPerson, raisedByComing, risksNow, together, withFact } from '../../src/domain/ask/person';
import { leavingWords } from '../../src/domain/ask/risk-words';
import type { JourneyFacts } from '../../src/domain/survey/survey';
import { surveyFor } from '../../src/domain/survey/survey';
import { content, facts, survey } from './fixtures';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 15, 12);

const person = (...commands: PersonCommand[]): Person => commands.reduce(withFact, newPerson('ada'));
const ask = (more: Partial<AskQuestion>): AskQuestion => ({
  now: NOW,
  journey: 'issue-1',
  conversationId: 'c1',
  tenantId: 't',
  giveUpAt: NOW + 7 * DAY,
  person: newPerson('ada'),
  survey: content(),
  reachable: true,
  journeyOpen: false,
  byHand: false,
  lookAgainMs: 60_000,
  ...more,
});
const asked = (journey: string, conversationId: string, daysAgo: number): PersonCommand => ({
  type: 'asked',
  asked: { invitationId: `i-${journey}`, journey, conversationId, at: NOW - daysAgo * DAY },
});

describe('whether a customer is asked', () => {
  const rows: [string, Partial<AskQuestion>, string][] = [
    ['nothing stands against it', {}, 'ask'],
    ['there is no address', { reachable: false }, 'no NO_ADDRESS'],
    ['they want no surveys', { person: person({ type: 'preference', optedOut: true }) }, 'no OPTED_OUT'],
    [
      'they wanted none and want them again',
      { person: person({ type: 'preference', optedOut: true }, { type: 'preference', optedOut: false }) },
      'ask',
    ],
    ['nobody is drawn', { survey: content({ samplePercent: 0 }) }, 'no SAMPLED_OUT'],
    ['nobody is drawn, but somebody asks by hand', { survey: content({ samplePercent: 0 }), byHand: true }, 'ask'],
    ['they were asked 29 days ago', { person: person(asked('other', 'c0', 29)) }, 'no QUARANTINED'],
    ['they were asked 31 days ago', { person: person(asked('other', 'c0', 31)) }, 'ask'],
    [
      'they were to be asked yesterday, and the question did not arrive',
      { person: person(asked('other', 'c0', 1), { type: 'askMissed', invitationId: 'i-other' }) },
      'ask',
    ],
    [
      'the question about this journey did not arrive',
      { person: person(asked('issue-1', 'c0', 90), { type: 'askMissed', invitationId: 'i-issue-1' }) },
      'no ALREADY_ASKED',
    ],
    [
      'the journey was asked about in another conversation',
      { person: person(asked('issue-1', 'c0', 90)) },
      'no ALREADY_ASKED',
    ],
    ['it is this very decision again', { person: person(asked('issue-1', 'c1', 0)) }, 'ask'],
    ['a promise is open', { person: person({ type: 'promiseOpened', id: 'p' }) }, 'hold PROMISE_OPEN'],
    [
      'the promise is kept',
      { person: person({ type: 'promiseOpened', id: 'p' }, { type: 'promiseClosed', id: 'p' }) },
      'ask',
    ],
    [
      'a promise that was kept is heard of once more',
      {
        person: person(
          { type: 'promiseOpened', id: 'p' },
          { type: 'promiseClosed', id: 'p' },
          { type: 'promiseOpened', id: 'p' },
        ),
      },
      'ask',
    ],
    [
      'that a promise was made is heard of after it was kept',
      { person: person({ type: 'promiseClosed', id: 'p' }, { type: 'promiseOpened', id: 'p' }) },
      'ask',
    ],
    [
      'a promise was broken two days ago',
      { person: person({ type: 'promiseBroken', id: 'p', at: NOW - 2 * DAY }) },
      'hold CUSTOMER_AT_RISK',
    ],
    [
      'a promise was broken eight days ago',
      { person: person({ type: 'promiseBroken', id: 'p', at: NOW - 8 * DAY }) },
      'ask',
    ],
    [
      'they came three times in a week about one issue',
      {
        person: person(
          ...['a', 'b', 'c'].map((id, i) => ({
            type: 'began' as const,
            id,
            issueId: 'x',
            topic: '',
            at: NOW - i * DAY,
          })),
        ),
      },
      'hold CUSTOMER_AT_RISK',
    ],
    [
      'the budget is spent',
      {
        survey: content({ budgetContacts: 2 }),
        person: person({ type: 'contacted', id: 'a', at: NOW - DAY }, { type: 'contacted', id: 'b', at: NOW - DAY }),
      },
      'hold BUDGET_SPENT',
    ],
    [
      'the same contact twice is one',
      {
        survey: content({ budgetContacts: 2 }),
        person: person({ type: 'contacted', id: 'a', at: NOW - DAY }, { type: 'contacted', id: 'a', at: NOW - DAY }),
      },
      'ask',
    ],
    [
      'the risk is the very matter that is asked about',
      {
        person: person({ type: 'risk', risk: { reason: 'RECOVERY_OPEN', ref: 'case/1', until: NOW + DAY } }),
        matters: ['case/1'],
      },
      'ask',
    ],
    [
      'another risk beside the matter that is asked about',
      {
        person: person({ type: 'risk', risk: { reason: 'RECOVERY_OPEN', ref: 'case/2', until: NOW + DAY } }),
        matters: ['case/1'],
      },
      'hold CUSTOMER_AT_RISK',
    ],
    ['another conversation of the issue goes on', { journeyOpen: true }, 'hold JOURNEY_OPEN'],
    [
      'it was held back for too long',
      { person: person({ type: 'promiseOpened', id: 'p' }), giveUpAt: NOW },
      'no PROMISE_OPEN',
    ],
  ];
  test.each(rows)('%s', (_, question, expected) => {
    const decision = decideAsk(ask(question));
    expect([decision.kind, 'reason' in decision ? decision.reason : ''].join(' ').trim()).toBe(expected);
  });

  test('one person under two addresses is one person', () => {
    const mail = person(asked('other', 'c0', 3));
    const phone = withFact(newPerson('phone'), { type: 'promiseOpened', id: 'p' });
    expect(decideAsk(ask({ person: together('ada', [newPerson('ada'), mail]) })).kind).toBe('no');
    expect(decideAsk(ask({ person: together('ada', [newPerson('ada'), phone]) })).kind).toBe('hold');
  });

  test('a sample is drawn by the journey alone: the same for ever, and as many as asked for', () => {
    const draws = Array.from({ length: 4000 }, (_, i) => drawOf('t', `journey-${i}`));
    expect(draws.filter((draw) => draw < 25).length / 4000).toBeCloseTo(0.25, 1);
    expect(drawOf('t', 'journey-1')).toBe(draws[1]);
    expect(drawOf('other', 'journey-1')).not.toBe(draws[1]);
  });

  test('a risk can be taken away again', () => {
    const low = person({ type: 'risk', risk: { reason: 'LOW_SCORE', ref: 'i', until: NOW + DAY } });
    expect(risksNow(low, NOW)).toEqual(['LOW_SCORE']);
    const gone = withFact(low, { type: 'riskGone', ref: 'i', at: NOW });
    expect(risksNow(gone, NOW)).toEqual([]);
    // Heard of again, as after a reset of offsets, it does not come back; what happens later does.
    const again = (at: number) =>
      withFact(gone, { type: 'risk', risk: { reason: 'LOW_SCORE', ref: 'i', until: NOW + DAY }, at });
    expect(again(NOW - 1)).toBe(gone);
    expect(risksNow(again(NOW + 1), NOW)).toEqual(['LOW_SCORE']);
    expect(withFact(gone, { type: 'riskGone', ref: 'other', at: NOW })).toBe(gone);
  });
});

test('the third conversation about one issue within a week raises a risk, once', () => {
  const came = (id: string, issueId: string, at: number) => ({ type: 'began' as const, id, issueId, topic: '', at });
  const two = person(came('a', 'x', NOW - DAY), came('b', 'x', NOW - DAY / 2));
  const three = withFact(two, came('c', 'x', NOW));
  expect(raisedByComing(person(came('a', 'x', NOW - DAY)), two, NOW)).toBeUndefined();
  expect(raisedByComing(two, three, NOW)).toEqual({
    reason: 'REPEATED_CONTACT',
    ref: 'issue/x',
    until: NOW + 7 * DAY,
  });
  expect(raisedByComing(three, withFact(three, came('d', 'x', NOW)), NOW)).toBeUndefined();
  // Linked to the issue afterwards, it is the third one as well.
  const linked = withFact(withFact(two, came('c', '', NOW)), came('c', 'x', NOW));
  expect(raisedByComing(withFact(two, came('c', '', NOW)), linked, NOW)?.ref).toBe('issue/x');
});

describe('words of leaving', () => {
  test.each<[string, string, string]>([
    ['I want to cancel my subscription now', '', 'cancel my subscription'],
    ['Please close my account.', 'en', 'close my account'],
    ['We will take our — I mean, take my business elsewhere', 'en', 'take my business elsewhere'],
    ['Hiermit kündige ich zum 31.', 'de', 'kündige'],
    ['Ich bestelle nie wieder bei Ihnen', '', 'nie wieder bei ihnen'],
    ['我要注销我的账户', 'zh-CN', '注销我的账户'],
    ['再也不买了', '', '再也不买'],
    ['Can I cancel my order from today?', '', ''],
    ['Where do I see when my account closes?', '', ''],
    ['> please cancel my contract\nNo, that is not what I meant', '', ''],
    ['Kündigungsfrist?', 'en', ''],
    ['x'.repeat(2000), '', ''],
  ])('%s', (text, language, found) => {
    expect(leavingWords(text, language).toLowerCase()).toBe(found);
  });
});

describe('a recovery', () => {
  const recoverySurvey = survey('made-good', { afterRecovery: true });
  const all = [survey('after'), recoverySurvey];
  const rules = {
    surveyFor: (journey: JourneyFacts, afterRecovery = false) => surveyFor(all, journey, afterRecovery),
    settleMs: 60_000,
    windowMs: DAY,
  };
  const step = (mayContact: boolean): DocketStep => ({
    type: 'recovered',
    at: NOW,
    contactPoint: 'email:ada@example.org',
    facts,
    recovery: { caseId: '7', conversationId: 'c1', matters: ['case/7'] },
    mayContact,
  });
  const after = (mayContact: boolean) => fold(emptyDocket('recovery-7'), [{ seq: 1, step: step(mayContact) }], rules);

  test('plans its own question; conversations are not asked about it', () => {
    const { docket, events } = after(true);
    expect(docket.ask).toMatchObject({ surveyId: 'made-good', dueAt: NOW + 60_000 });
    expect(docket.resolution).toBeUndefined();
    expect(journeyOf(docket)).toBe('recovery-7');
    expect(conversationOf(docket)).toBe('c1');
    // It is no journey of its own: what all journeys are counted by does not grow.
    expect(events.map((event) => event.type === 'planned' && event.entry.scopes)).toEqual([['population/made-good']]);
    expect(surveyFor(all, facts)?.id).toBe('after');
    expect(fold(docket, [{ seq: 1, step: step(true) }], rules).events).toEqual([]);
  });

  test('who did not agree to be contacted is not asked, and that is told', () => {
    const { docket, events } = after(false);
    expect(docket.ask).toBeUndefined();
    expect(events.map((event) => (event.type === 'notAsked' ? event.reason : event.type))).toEqual([
      'planned',
      'NO_CONSENT',
    ]);
  });
});

describe('the docket of a conversation', () => {
  const survey1 = survey('after', { conditions: [{ field: 'channel', anyOf: ['email', 'voice'] }] });
  const rules = {
    surveyFor: (journey: JourneyFacts) => surveyFor([survey1], journey),
    windowMs: 7 * DAY,
    settleMs: 60_000,
  };
  const told = (events: DocketEvent[]) => events.filter(({ type }) => !type.startsWith('resolution'));
  const opened: DocketStep = {
    type: 'opened',
    at: NOW,
    contactPoint: 'email:ada@example.org',
    customerName: 'Ada',
    facts,
    issueId: '',
  };
  const run = (...steps: DocketStep[]) =>
    fold(
      emptyDocket('c1'),
      [opened, ...steps].map((step, i) => ({ seq: i + 1, step })),
      rules,
    );
  const names = (steps: DocketStep[]) =>
    told(run(...steps).events).map((event) => [event.type, 'reason' in event ? event.reason : ''].join(' ').trim());
  const ended = (at = NOW): DocketStep => ({ type: 'ended', at });
  const resumed: DocketStep = { type: 'resumed', at: NOW + 1 };

  test.each<[string, DocketStep[], string[]]>([
    ['solved', [ended()], ['planned']],
    ['solved twice', [ended(), ended()], ['planned']],
    ['solved and opened again', [ended(), resumed], ['planned', 'notAsked REOPENED']],
    ['opened without having been solved', [resumed], []],
    ['solved, opened, solved', [ended(), resumed, ended(NOW + 2)], ['planned', 'notAsked REOPENED', 'planned']],
    ['solved and merged', [ended(), { type: 'merged', at: NOW }], ['planned', 'notAsked MERGED']],
    ['merged and solved', [{ type: 'merged', at: NOW }, ended()], []],
    ['on a channel nobody asks about', [{ type: 'factsChanged', at: NOW, facts: { channel: 'chat' } }, ended()], []],
    ['a call nobody took', [{ type: 'callEnded', at: NOW }], []],
    [
      'a call that was taken',
      [
        { type: 'callAnswered', at: NOW, agentId: 'sam' },
        { type: 'callEnded', at: NOW },
      ],
      ['planned'],
    ],
    [
      'a call that was taken, then solved',
      [{ type: 'callAnswered', at: NOW, agentId: 'sam' }, { type: 'callEnded', at: NOW }, ended()],
      ['planned'],
    ],
  ])('%s', (_, steps, expected) => {
    expect(names(steps)).toEqual(expected);
  });

  test('the same events again change nothing', () => {
    const first = run(ended());
    const steps = [
      { seq: 1, step: opened },
      { seq: 2, step: ended() },
    ];
    expect(fold(first.docket, steps, rules)).toEqual({ docket: first.docket, events: [] });
  });

  test('the question is due after the delay, and is asked once', () => {
    const { docket } = run(ended());
    expect(docket.ask).toMatchObject({ surveyId: 'after', dueAt: NOW + 60_000, giveUpAt: NOW + 60_000 + 7 * DAY });
    const after = decided(docket, { kind: 'ask' }, NOW, 'i1').reduce(evolveDocket, docket);
    expect(after).toMatchObject({ ask: undefined, invitationId: 'i1' });
    const again = fold(
      after,
      [
        { seq: 3, step: resumed },
        { seq: 4, step: ended(NOW + DAY) },
      ],
      rules,
    );
    expect(told(again.events).map((event) => ('reason' in event ? event.reason : event.type))).toEqual([
      'planned',
      'ALREADY_ASKED',
    ]);
  });

  test('what is held back is looked at again, and who could be asked is counted', () => {
    const { docket } = run(ended());
    const hold = { kind: 'hold' as const, reason: 'PROMISE_OPEN' as const, detail: '', until: NOW + DAY };
    const held: Docket = decided(docket, hold, NOW, 'i1').reduce(evolveDocket, docket);
    expect(held.ask).toMatchObject({ dueAt: NOW + DAY, held: 'PROMISE_OPEN' });
    const no = { kind: 'no' as const, reason: 'PROMISE_OPEN' as const, detail: '' };
    const gone = decided(held, no, NOW + DAY, 'i1').reduce(evolveDocket, held);
    expect(gone.counts.map(({ add }) => add)).toEqual([{ eligible: 1 }, { 'not_asked:PROMISE_OPEN': 1 }]);
    expect(new Set(gone.counts.map(({ id }) => id)).size).toBe(2);
  });
});

describe('which survey counts', () => {
  const surveys = [
    survey('last', { order: 9 }),
    survey('vip', { order: 1, conditions: [{ field: 'tag', anyOf: ['vip'] }] }),
    survey('gold', { order: 2, conditions: [{ field: 'attribute:tier', anyOf: ['gold', 'platinum'] }] }),
    survey('hand', { order: 0, manualOnly: true }),
    { ...survey('old', { order: 0 }), archived: true },
  ];
  test.each([
    [facts, 'last'],
    [{ ...facts, tags: ['new', 'vip'] }, 'vip'],
    [{ ...facts, attributes: { tier: 'platinum' } }, 'gold'],
  ])('%#', (journey, expected) => {
    expect(surveyFor(surveys, journey)?.id).toBe(expected);
  });
});

describe('a call that ends with a question', () => {
  const rules = { surveyFor: () => survey('after', { keypad: true }), windowMs: 7 * DAY, settleMs: 60_000 };
  const opened = (more: object = {}): DocketStep => ({
    type: 'opened',
    at: NOW,
    contactPoint: 'phone:+4930123456',
    customerName: '',
    facts: { ...facts, channel: 'voice' },
    issueId: '',
    thread: 'CA1',
    ...more,
  });
  const answered: DocketStep = { type: 'callAnswered', at: NOW, agentId: 'sam' };
  const callEnded: DocketStep = { type: 'callEnded', at: NOW + 60_000 };
  const after = (start: Docket, ...steps: DocketStep[]) =>
    fold(
      start,
      steps.map((step, i) => ({ seq: start.seen + i + 1, step })),
      rules,
    );
  const asked = (docket: Docket) => decided(docket, { kind: 'ask' }, NOW + 1_000, 'i1').reduce(evolveDocket, docket);

  test('is planned when somebody takes it, and nothing is planned after it', () => {
    const { docket } = after(emptyDocket('c1'), opened(), answered);
    expect(docket.ask).toMatchObject({ inCall: true, dueAt: NOW, giveUpAt: NOW });
    expect(docket.counts).toEqual([]);
    const inCall = asked(docket);
    expect(inCall).toMatchObject({ invitationId: 'i1', ask: undefined, callAsk: {} });
    expect(inCall.counts.map(({ add }) => add)).toEqual([{ eligible: 1 }]);
    const over = after(inCall, callEnded).docket;
    expect(over.ask).toBeUndefined();
    expect(over.callAsk).toEqual({ settleAt: NOW + 120_000 });
    // Solved by the agent afterwards, nothing is asked or refused once more.
    expect(after(over, { type: 'ended', at: NOW + 90_000 }).docket.ask).toBeUndefined();
    const settled = callSettled(over, NOW + 120_000).reduce(evolveDocket, over);
    expect(settled.callAsk).toMatchObject({ settled: true, settleAt: undefined });
    expect(callSettled(settled, NOW)).toEqual([]);
    // It goes on and is solved again: the journey was asked about, and that is said.
    const again = after(settled, { type: 'resumed', at: NOW + DAY }, { type: 'ended', at: NOW + 2 * DAY });
    expect(again.events.map((event) => (event.type === 'notAsked' ? event.reason : event.type))).toContain(
      'ALREADY_ASKED',
    );
  });

  test.each<[string, AskDecision]>([
    ['held back', { kind: 'hold', reason: 'PROMISE_OPEN', until: NOW + 1, detail: '' }],
    ['refused', { kind: 'no', reason: 'QUARANTINED', detail: '' }],
  ])('%s now, it is decided again after the call', (_, decision) => {
    const { docket } = after(emptyDocket('c1'), opened(), answered);
    const events = decided(docket, decision, NOW, 'i1');
    expect(events).toEqual([{ type: 'leftForLater', at: NOW }]);
    const later = after(events.reduce(evolveDocket, docket), callEnded).docket;
    expect(later.ask).toMatchObject({ dueAt: NOW + 120_000, endedAt: NOW + 60_000 });
    expect(later.ask?.inCall).toBeUndefined();
  });

  test('not decided before the call was over, the question is planned as any other', () => {
    const { docket } = after(emptyDocket('c1'), opened(), answered, callEnded);
    expect(docket.ask?.inCall).toBeUndefined();
    expect(docket.ask?.dueAt).toBe(NOW + 120_000);
    expect(docket.callAsk).toBeUndefined();
  });

  test.each<[string, object]>([
    ['without a number', { contactPoint: '' }],
    ['without a thread', { thread: undefined }],
  ])('a call %s is not asked in', (_, more) => {
    expect(after(emptyDocket('c1'), opened(more), answered).docket.ask).toBeUndefined();
  });

  test('keys that a provider took by itself after the call answer it, too', () => {
    const over = after(asked(after(emptyDocket('c1'), opened(), answered).docket), callEnded).docket;
    const pressed = after(over, { type: 'keysPressed', at: NOW + 70_000, digits: '4' }).docket;
    expect(pressed.callAsk).toMatchObject({ keyed: 4, settleAt: NOW + 70_000 });
  });
});

describe('whether a contact was solved at first', () => {
  const rules = { surveyFor: () => survey('after', { keypad: true }), windowMs: 7 * DAY, settleMs: 60_000 };
  const start = fold(
    emptyDocket('c1'),
    [
      {
        seq: 1,
        step: {
          type: 'opened',
          at: NOW,
          contactPoint: 'phone:+4930123456',
          customerName: '',
          facts: { ...facts, agentId: 'sam' },
          issueId: '',
        },
      },
      { seq: 2, step: { type: 'ended', at: NOW } },
    ],
    rules,
  ).docket;
  const entriesOf = (events: DocketEvent[]) =>
    events.flatMap((event) =>
      event.type === 'resolutionKnown' ? event.entries.map(({ scopes, add }) => [scopes[1], add]) : [],
    );

  test('it waits for its window, and who opens it again answers at once', () => {
    expect(start.resolution).toEqual({ agentId: 'sam', endedAt: NOW, dueAt: NOW + 7 * DAY });
    expect(entriesOf(known(start, NOW + 7 * DAY, true))).toEqual([['resolution/sam', { first: 1 }]]);
    const again = fold(start, [{ seq: 3, step: { type: 'resumed', at: NOW + DAY } }], rules);
    expect(entriesOf(again.events)).toEqual([['resolution/sam', { repeated: 1 }]]);
    // Solved the second time is no first time.
    expect(
      fold(again.docket, [{ seq: 4, step: { type: 'ended', at: NOW + 2 * DAY } }], rules).docket.resolution,
    ).toBeUndefined();
    expect(entriesOf(fold(start, [{ seq: 3, step: { type: 'merged', at: NOW } }], rules).events)).toEqual([]);
  });

  const matter = { id: 'c1', issueId: '', topic: 'parcel', endedAt: NOW, until: NOW + 7 * DAY };
  const came = (issueId: string, topic: string, days: number, id = 'c2') =>
    person({ type: 'began', id, issueId, topic, at: NOW + days * DAY });
  test.each<[string, Person, object, boolean]>([
    ['nobody came', person(), {}, false],
    ['about the same topic', came('', 'parcel', 3), {}, true],
    ['about another topic', came('', 'invoice', 3), {}, false],
    ['nobody said about what', came('', '', 3), {}, true],
    ['about the same issue', came('i1', 'x', 3), { issueId: 'i1' }, true],
    ['about another issue', came('i2', 'parcel', 3), { issueId: 'i1' }, false],
    ['after the window', came('', 'parcel', 8), {}, false],
    ['before it was solved', came('', 'parcel', -1), {}, false],
    ['the contact itself', came('', 'parcel', 3, 'c1'), {}, false],
  ])('%s', (_, who, more, expected) => {
    expect(cameAgain(who, { ...matter, ...more })).toBe(expected);
  });

  test.each<[string, DocketStep[], number | undefined]>([
    ['a key after the call', [{ type: 'keysPressed', at: NOW + 60_000, digits: '4#' }], 4],
    ['a key eleven minutes after it', [{ type: 'keysPressed', at: NOW + 660_000, digits: '4' }], undefined],
    ['a star', [{ type: 'keysPressed', at: NOW + 60_000, digits: '*' }], undefined],
  ])('%s', (_, steps, expected) => {
    const call: DocketStep[] = [
      { type: 'callAnswered', at: NOW, agentId: 'sam' },
      { type: 'callEnded', at: NOW },
    ];
    const opened: DocketStep = {
      type: 'opened',
      at: NOW,
      contactPoint: 'phone:+4930123456',
      customerName: '',
      facts,
      issueId: '',
    };
    const all = [opened, { type: 'keysPressed' as const, at: NOW, digits: '1' }, ...call, ...steps];
    const { docket } = fold(
      emptyDocket('c1'),
      all.map((step, i) => ({ seq: i + 1, step })),
      rules,
    );
    expect(docket.ask?.keyed).toBe(expected);
  });
});
