import fc from 'fast-check';
import type { Guard, QueueEvent, QueueNow, QueueState } from '../src/domain/guard';
import { decideGuard, evolveQueue, newQueueState, nextGuardLook, reliefOf } from '../src/domain/guard';

const step = (afterSeconds: number, action: Guard['steps'][0]['action'], over = {}) => ({
  afterSeconds,
  action,
  queueIds: [],
  widenSteps: 1,
  texts: {},
  ...over,
});
const guard: Guard = {
  steps: [
    step(20, 'WIDEN', { widenSteps: 2 }),
    step(60, 'BORROW', { queueIds: ['reserve'] }),
    step(90, 'OFFER_CALLBACK', { texts: { en: 'Press 1.' } }),
  ],
  releasePercent: 50,
  holdSeconds: 30,
  onlyBelowGoal: false,
};
const now = (oldestAt?: number, serviceLevel?: number): QueueNow => ({
  waiting: oldestAt === undefined ? 0 : 1,
  oldestAt,
  serviceLevel,
  target: 0.8,
  thresholdSeconds: 20,
});
const after = (state: QueueState, events: QueueEvent[]) => events.reduce(evolveQueue, state);
const start = newQueueState('t', 'q');
const S = 1000;

describe('the ladder of a queue', () => {
  it.each([
    [19.9, 0],
    [20, 1],
    [59, 1],
    [60, 2],
    [90, 3],
    [1_000, 3],
  ])('a wait of %d s stands on step %d', (waited, taken) => {
    const events = decideGuard(start, guard, now(0, 0.5), waited * S);
    expect(after(start, events).taken).toBe(taken);
    expect(events.every(({ type }) => type === 'step_taken')).toBe(true);
    const again = after(start, events);
    expect(decideGuard(again, guard, now(0, 0.5), waited * S)).toEqual([]);
  });

  it('says why, with the numbers', () => {
    const [event] = decideGuard(start, guard, now(0, 0.625), 21 * S);
    expect(event).toMatchObject({
      type: 'step_taken',
      step: 1,
      reason: 'oldest wait 21 s reached 20 s; 62.5 % (SL-4) within 20 s, goal 80 %',
    });
  });

  it('goes down one step at a time, after waits were short for long enough, and not at the edge', () => {
    let state = after(start, decideGuard(start, guard, now(0), 60 * S));
    expect(state.taken).toBe(2);
    const look = (at: number, oldestAt?: number) => {
      const events = decideGuard(state, guard, now(oldestAt), at * S);
      state = after(state, events);
      return events.map(({ type }) => type);
    };
    expect(look(70, 40 * S)).toEqual([]); // 30 s is not below the half of 60
    expect(look(71, 50 * S)).toEqual(['low_since']);
    expect(look(100, 80 * S)).toEqual([]); // low for 29 s only
    expect(look(100.5, 60 * S)).toEqual(['low_since']); // and long again: begins anew
    expect(look(101, 95 * S)).toEqual(['low_since']);
    expect(look(131, 125 * S)).toEqual(['step_released']);
    expect(state.taken).toBe(1);
    expect(look(140, 135 * S)).toEqual([]); // the next one has its own time
    expect(look(161)).toEqual(['step_released']);
    expect(state.taken).toBe(0);
    expect(look(500)).toEqual([]);
  });

  it('with `only_below_goal` waits for the service level', () => {
    const careful = { ...guard, onlyBelowGoal: true };
    expect(decideGuard(start, careful, now(0, 0.9), 30 * S)).toEqual([]);
    expect(decideGuard(start, careful, now(0, 0.7), 30 * S)).toHaveLength(1);
    expect(decideGuard(start, careful, now(0), 30 * S)).toHaveLength(1);
  });

  it('does what its steps say', () => {
    const state = { ...start, taken: 3, takenAt: 5 };
    expect(reliefOf(state, guard)).toEqual({
      aheadSteps: 2,
      borrowQueueIds: ['reserve'],
      texts: { en: 'Press 1.' },
      textsSince: 5,
      offersCallback: true,
    });
    expect(reliefOf(start, guard)).toBeUndefined();
    expect(reliefOf(state, undefined)).toBeUndefined();
  });

  it('looks again exactly when something is to be done: nothing between two looks, and always an end', () => {
    const gap = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap, oldest: fc.option(fc.integer({ min: 0, max: 100 })) }), { maxLength: 20 }),
        (story) => {
          let state = start;
          let at = 1_000 * S;
          for (const { gap: seconds, oldest } of story) {
            at += seconds * S;
            const oldestAt = oldest === null ? undefined : at - oldest * S;
            for (let looks = 0; ; looks++) {
              const events = decideGuard(state, guard, now(oldestAt), at);
              state = after(state, events);
              if (events.length === 0) break;
              expect(looks).toBeLessThan(5);
            }
            const next = nextGuardLook(state, guard, oldestAt, at);
            // Just before the next look there is nothing to do; nothing is ever due at once after a look.
            if (next !== undefined) {
              expect(next).toBeGreaterThan(at);
              expect(decideGuard(state, guard, now(oldestAt), next - 1)).toEqual([]);
              expect(decideGuard(state, guard, now(oldestAt), next)).not.toEqual([]);
            } else expect(decideGuard(state, guard, now(oldestAt), at + 3_600 * S)).toEqual([]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
