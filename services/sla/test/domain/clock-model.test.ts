import * as fc from 'fast-check';
import { measure } from '../../src/domain/calendar/openings';
import type { Clock, ConversationState, Docket } from '../../src/domain/clock/clock';
import { isEnded, nextMoment } from '../../src/domain/clock/clock';
import { replay } from '../../src/domain/clock/replay';
import { applyStep, writeStep } from '../../src/outbound/step-text';
import { follow, MIN, policy, rulesOf, target, utc } from './clock-world';

// A conversation that lives at random, beside a model that only remembers in which state it was when, and sums that up.

const pins = [{ id: 'desk', version: 1 }];
const rules = rulesOf(
  policy({
    calendars: pins,
    warnPercents: [50, 90],
    targets: [
      target('first_reply', 60),
      target('next_reply', 45),
      target('periodic_update', 200),
      target('requester_wait', 600),
      target('agent_work', 300),
      target('time_to_solve', 400),
      target('time_to_solve', 100, { priority: 'high' }),
    ],
  }),
);

const step = fc.record({
  wait: fc.integer({ min: 0, max: 900 }),
  what: fc.oneof(
    fc.constantFrom('reply', 'customer', 'check', 'high', 'normal'),
    fc.constantFrom<ConversationState>('open', 'pending', 'on_hold', 'solved', 'open'),
  ),
  looks: fc.boolean(),
});

const counted: Record<string, ConversationState[]> = {
  requester_wait: ['new', 'open', 'on_hold'],
  agent_work: ['new', 'open'],
  time_to_solve: ['new', 'open', 'on_hold'],
};

const live = (steps: { wait: number; what: string; looks: boolean }[], looking: (looks: boolean) => boolean) => {
  const ticket = follow(rules);
  let now = utc('2026-01-05T09:00');
  ticket.open(now);
  const states: { from: number; state: ConversationState }[] = [{ from: now, state: 'new' }];
  for (const { wait, what, looks } of steps) {
    now += wait * MIN;
    if (looking(looks)) ticket.check(now);
    if (what === 'reply') ticket.reply(now);
    else if (what === 'customer') ticket.customer(now);
    else if (what === 'high' || what === 'normal') ticket.change(now, { priority: what });
    else if (what !== 'check') {
      ticket.state(now, what);
      states.push({ from: now, state: what as ConversationState });
    }
  }
  now += MIN;
  ticket.check(now);
  return { ticket, now, states };
};

const outcome = ({ id, state, usedMs, breachedAt, dueAt, startedAt, endedAt }: Clock) => ({
  id,
  state,
  usedMs,
  breachedAt,
  dueAt,
  startedAt,
  endedAt,
});

test('sums are those of the states, marks come once and not early, replay agrees, and looking changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { ticket, now, states } = live(steps, (looks) => looks);
      const openings = rules.openings(pins);
      for (const [metric, in_] of Object.entries(counted)) {
        const clock = ticket.clock(metric as 'agent_work');
        const until = states.map(({ from, state }, i) => ({ state, from, to: states[i + 1]?.from ?? now }));
        const sum = until
          .filter(({ state }) => in_.includes(state))
          .reduce((ms, { from, to }) => ms + measure(openings, from, to), 0);
        const running = clock.runningSince === undefined ? 0 : measure(openings, clock.runningSince, now);
        expect([metric, clock.usedMs + running]).toEqual([metric, sum]);
      }
      for (const clock of ticket.docket.clocks) {
        const again = replay(clock, now, rules);
        const running = clock.runningSince === undefined ? 0 : measure(openings, clock.runningSince, now);
        expect(again.usedMs).toBe(clock.usedMs + running);
        expect(again.breachedAt).toBe(clock.breachedAt);
        expect(again.startedAt).toBe(clock.startedAt);
        if (!isEnded(clock)) expect(clock.state).toMatch(/running|paused|breached/);
      }
      // A breach that a stop at the very moment took back may come again; nothing else comes twice.
      const marks = new Set<string>();
      for (const event of ticket.told()) {
        if ('withdrawn' in event && event.withdrawn) marks.delete(`${event.clockId} 100`);
        if (event.type !== 'breached' && event.type !== 'warned') continue;
        const mark = `${event.clockId} ${event.type === 'breached' ? 100 : event.percent}`;
        expect(marks).not.toContain(mark);
        marks.add(mark);
      }
      for (const event of ticket.told()) expect(event.at).toBeLessThanOrEqual(now);
      // Nothing that was due is left unsaid.
      expect(nextMoment(ticket.docket) ?? now + 1).toBeGreaterThan(now);
      // Whether the timer looked often, seldom or never before the end: the same clocks.
      const seldom = live(steps, () => false).ticket.docket.clocks.map(outcome);
      expect(live(steps, () => true).ticket.docket.clocks.map(outcome)).toEqual(seldom);
      expect(ticket.docket.clocks.map(outcome)).toEqual(seldom);
    }),
    {
      numRuns: Number(process.env['FC_RUNS'] ?? 300),
      // Looked at on the very moment it is due, stopped and begun again on that moment.
      examples: [
        [
          [
            { wait: 360, what: 'on_hold', looks: true },
            { wait: 0, what: 'open', looks: false },
          ],
        ],
      ],
    },
  );
}, 60_000);

test('a docket is made again from the rows of its changes, wherever it was cut', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), (steps, length) => {
      const { ticket } = live(steps, (looks) => looks);
      let docket: Docket | undefined;
      for (let from = 0; from < ticket.events.length; from += length) {
        docket = applyStep('acme/c1', docket, writeStep(ticket.events.slice(from, from + length)));
      }
      expect(docket).toEqual(ticket.docket);
    }),
    { numRuns: 100 },
  );
});
