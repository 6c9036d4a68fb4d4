import type { Conversation, FollowedPromise } from '../src/domain/conversation';
import { initial } from '../src/domain/conversation';
import { decide } from '../src/domain/decide';
import { evolveAll } from '../src/domain/evolve';
import { nextPromise } from '../src/domain/service-level';

const actor = { kind: 'SYSTEM' as const, id: 'sla', name: '' };
const started: Conversation = { ...initial('t', 'c'), createdAt: 1, channel: 'chat' };
const escalate = (state: Conversation, sequence: number, priority: 'LOW' | 'HIGH' | 'URGENT' | '') =>
  evolveAll(state, decide(state, { type: 'follow_escalation', at: 5, actor, sequence, priority }) as never);

describe('an escalation', () => {
  test.each([
    ['NORMAL', 'URGENT', 'URGENT'],
    ['NORMAL', '', 'HIGH'],
    ['URGENT', '', 'URGENT'],
    ['HIGH', 'LOW', 'HIGH'],
  ] as const)('of %s to "%s" gives %s', (from, to, expected) => {
    expect(escalate({ ...started, priority: from }, 1, to).priority).toBe(expected);
  });

  test('counts once, also after a person has lowered the priority again', () => {
    const high = escalate(started, 3, 'URGENT');
    const lowered = { ...high, priority: 'LOW' as const };
    expect(escalate(lowered, 3, 'URGENT').priority).toBe('LOW');
    expect(escalate(lowered, 2, 'URGENT').priority).toBe('LOW');
    expect(escalate(lowered, 4, 'HIGH').priority).toBe('HIGH');
  });

  test('leaves alone what is over and what is not here', () => {
    expect(escalate({ ...started, state: 'SOLVED' }, 1, 'URGENT').priority).toBe('NORMAL');
    expect(decide(initial('t', 'x'), { type: 'follow_escalation', at: 5, actor, sequence: 1, priority: '' })).toEqual(
      [],
    );
  });
});

const promise = (id: string, sequence: number, dueAt: number, open = true): FollowedPromise => ({
  id,
  sequence,
  dueAt,
  open,
  what: `call back ${id}`,
  timeZone: 'Europe/Berlin',
});
const told = (list: FollowedPromise[], from = started) =>
  list.reduce(
    (state, one) => evolveAll(state, decide(state, { type: 'follow_promise', at: 5, actor, promise: one }) as never),
    from,
  );

describe('promises', () => {
  test('the one due first is next, until it is settled or moved', () => {
    const two = told([promise('a', 1, 900), promise('b', 1, 500)]);
    expect(nextPromise(two)?.id).toBe('b');
    expect(nextPromise(told([promise('b', 2, 1_000)], two))?.id).toBe('a');
    expect(nextPromise(told([promise('b', 3, 500, false)], two))?.id).toBe('a');
    expect(nextPromise(told([promise('a', 2, 900, false), promise('b', 3, 500, false)], two))).toBeUndefined();
  });

  test('earlier events of a promise change nothing any more', () => {
    const kept = told([promise('a', 1, 900), promise('a', 4, 900, false)]);
    expect(nextPromise(told([promise('a', 1, 900), promise('a', 3, 950)], kept))).toBeUndefined();
  });

  test('the list is bounded, and loses no open one', () => {
    const many = Array.from({ length: 200 }, (_, i) => promise(`p${i}`, 1, 1_000 + i, i % 10 === 0));
    const state = told(many);
    expect(state.promises.length).toBeLessThanOrEqual(50);
    expect(state.promises.filter(({ open }) => open)).toHaveLength(20);
  });
});
