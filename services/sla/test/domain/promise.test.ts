import * as fc from 'fast-check';
import type { Commitment, PromiseCommand, PromiseEvent, Terms } from '../../src/domain/promise/promise';
import { decide, evolve, keptRate, nextMoment } from '../../src/domain/promise/promise';

const MIN = 60_000;
const terms = (extra: Partial<Terms> = {}): Terms => ({
  id: 'p1',
  conversationId: 'c1',
  customerId: '',
  contactPoint: 'email:a@b.example',
  what: 'call back',
  quote: 'I will call you back by three',
  messageId: '',
  promiser: { kind: 'agent', id: 'agent-7' },
  teamId: 'support',
  ownerId: 'agent-7',
  dueAt: 100 * MIN,
  zone: 'Europe/Berlin',
  remindMs: 30 * MIN,
  noticeMs: 10 * MIN,
  ...extra,
});

const life = (extra: Partial<Terms> = {}) => {
  let state: Commitment | undefined;
  const events: PromiseEvent[] = [];
  const run = (command: PromiseCommand) => {
    const made = decide(state, command);
    state = made.reduce(evolve, state);
    events.push(...made);
    return made.map(({ type }) => type);
  };
  run({ type: 'make', at: 0, terms: terms(extra) });
  return {
    run,
    events,
    get state() {
      return state as Commitment;
    },
  };
};

const reasonOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};

test('reminded, the customer is told, then broken: each once and at its time', () => {
  const promise = life();
  expect(promise.run({ type: 'check', at: 69 * MIN })).toEqual([]);
  expect(nextMoment(promise.state)).toBe(70 * MIN);
  expect(promise.run({ type: 'check', at: 70 * MIN })).toEqual(['dueSoon']);
  expect(promise.run({ type: 'check', at: 95 * MIN })).toEqual(['noticeRequested']);
  expect(promise.run({ type: 'check', at: 100 * MIN })).toEqual([]);
  expect(nextMoment(promise.state)).toBe(100 * MIN + 1);
  expect(promise.run({ type: 'check', at: 200 * MIN })).toEqual(['broken']);
  expect(promise.run({ type: 'check', at: 300 * MIN })).toEqual([]);
  expect(promise.state).toMatchObject({ state: 'broken', brokenAt: 100 * MIN });
  expect(nextMoment(promise.state)).toBeUndefined();
  expect(promise.run({ type: 'keep', at: 301 * MIN, note: '' })).toEqual(['kept']);
  expect(promise.state.state).toBe('late');
});

test('kept on the very moment is kept; a millisecond later it is late, even when the timer has not looked', () => {
  const intime = life({ remindMs: 0, noticeMs: 0 });
  expect(intime.run({ type: 'keep', at: 100 * MIN, note: '' })).toEqual(['kept']);
  expect(intime.run({ type: 'keep', at: 500 * MIN, note: '' })).toEqual([]);
  expect(intime.state.state).toBe('kept');
  const late = life({ remindMs: 0, noticeMs: 0 });
  expect(late.run({ type: 'keep', at: 100 * MIN + 1, note: '' })).toEqual(['broken', 'kept']);
  expect(late.state.state).toBe('late');
});

test('renegotiated only before it is due, and reminded anew', () => {
  const promise = life();
  promise.run({ type: 'check', at: 70 * MIN });
  expect(promise.run({ type: 'renegotiate', at: 80 * MIN, dueAt: 200 * MIN, reason: 'parcel late' })).toEqual([
    'renegotiated',
  ]);
  expect(promise.run({ type: 'check', at: 150 * MIN })).toEqual([]);
  expect(promise.run({ type: 'check', at: 170 * MIN })).toEqual(['dueSoon']);
  expect(reasonOf(() => promise.run({ type: 'renegotiate', at: 201 * MIN, dueAt: 300 * MIN, reason: '' }))).toBe(
    'PROMISE_PAST_DUE',
  );
  expect(reasonOf(() => promise.run({ type: 'withdraw', at: 201 * MIN, reason: '' }))).toBe('PROMISE_PAST_DUE');
});

test.each<[string, string, (promise: ReturnType<typeof life>) => unknown]>([
  ['made twice', 'PROMISE_EXISTS', (p) => p.run({ type: 'make', at: 1, terms: terms() })],
  ['year 9999', 'DUE_TOO_FAR', (p) => p.run({ type: 'renegotiate', at: 1, dueAt: Date.UTC(9999, 0, 1), reason: '' })],
  ['no date at all', 'DUE_TOO_FAR', (p) => p.run({ type: 'renegotiate', at: 1, dueAt: Number.NaN, reason: '' })],
  [
    'moved into the past',
    'DUE_IN_THE_PAST',
    (p) => p.run({ type: 'renegotiate', at: 50 * MIN, dueAt: MIN, reason: '' }),
  ],
  [
    'kept after it was withdrawn',
    'PROMISE_SETTLED',
    (p) => [p.run({ type: 'withdraw', at: 1, reason: '' }), p.run({ type: 'keep', at: 2, note: '' })],
  ],
  [
    'moved after it was kept',
    'PROMISE_SETTLED',
    (p) => [
      p.run({ type: 'keep', at: 1, note: '' }),
      p.run({ type: 'renegotiate', at: 2, dueAt: 99 * MIN, reason: '' }),
    ],
  ],
])('%s is refused: %s', (_, reason, work) => {
  const promise = life();
  expect(reasonOf(() => work(promise))).toBe(reason);
});

test('a promise nobody knows is not found', () => {
  expect(reasonOf(() => decide(undefined, { type: 'keep', at: 0, note: '' }))).toBe('PROMISE_NOT_FOUND');
});

test('the rate of the kept ones', () => {
  expect(keptRate({ kept: 3, late: 1, broken: 1 })).toBe(0.6);
  expect(keptRate({ kept: 0, late: 0, broken: 0 })).toBeUndefined();
});

test('at random: the outcome is the one a plain model expects, whatever the timer does in between', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 40 * MIN }),
    what: fc.constantFrom('check', 'check', 'keep', 'withdraw', 'move'),
    by: fc.integer({ min: 1, max: 90 * MIN }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const promise = life();
      let now = 0;
      let [due, state] = [100 * MIN, 'open'];
      for (const { wait, what, by } of steps) {
        now += wait;
        const isDue = now > due;
        try {
          if (what === 'check') promise.run({ type: 'check', at: now });
          if (what === 'keep') promise.run({ type: 'keep', at: now, note: '' });
          if (what === 'withdraw') promise.run({ type: 'withdraw', at: now, reason: '' });
          if (what === 'move') promise.run({ type: 'renegotiate', at: now, dueAt: now + by, reason: '' });
        } catch {
          // Refused: the model below says nothing changed.
        }
        if (state === 'open' && what === 'keep') state = isDue ? 'late' : 'kept';
        if (state === 'open' && what === 'withdraw' && !isDue) state = 'withdrawn';
        if (state === 'open' && what === 'move' && !isDue) due = now + by;
      }
      promise.run({ type: 'check', at: now });
      if (state === 'open' && now > due) state = 'broken';
      expect([promise.state.state, promise.state.dueAt]).toEqual([state, due]);
      const told = promise.events.map((event) => `${event.type} ${'dueAt' in event ? event.dueAt : event.at}`);
      const once = told.filter((text) => /dueSoon|notice|broken/.test(text));
      expect(new Set(once).size).toBe(once.length);
      for (const event of promise.events) expect(event.at).toBeLessThanOrEqual(now);
    }),
    { numRuns: 500 },
  );
});
