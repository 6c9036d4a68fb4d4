import { explain, summaryOf } from '../../src/domain/clock/explain';
import { replay } from '../../src/domain/clock/replay';
import { at, follow, HOUR, MIN, minutes, policy, rulesOf, target, utc } from './clock-world';

const desk = [{ id: 'desk', version: 1 }];
const frappe = policy({
  calendars: desk,
  targets: [
    target('first_reply', 60, { priority: 'high' }),
    target('time_to_solve', 240, { priority: 'high' }),
    target('first_reply', 30, { priority: 'urgent' }),
    target('time_to_solve', 120, { priority: 'urgent' }),
    target('first_reply', 1440, { priority: 'low' }),
    target('time_to_solve', 4320, { priority: 'low' }),
  ],
});

describe('worked examples', () => {
  test('W25: a ticket over three days', () => {
    const all = (
      ['first_reply', 'next_reply', 'periodic_update', 'pausable_update', 'requester_wait', 'agent_work'] as const
    ).map((metric) => target(metric, 100_000));
    const ticket = follow(rulesOf(policy({ targets: [...all, target('time_to_solve', 100_000, { pauseIn: [] })] })));
    ticket.open('2026-01-05T09:00');
    ticket.reply('2026-01-05T14:00');
    ticket.state('2026-01-05T14:00', 'open');
    ticket.customer('2026-01-05T15:30');
    ticket.reply('2026-01-05T16:00');
    ticket.state('2026-01-05T16:00', 'pending');
    ticket.state('2026-01-06T10:00', 'open');
    ticket.state('2026-01-06T11:00', 'on_hold');
    ticket.state('2026-01-07T14:00', 'open');
    ticket.state('2026-01-07T14:30', 'solved');
    expect(minutes(ticket.clock('first_reply'))).toBe(5 * 60);
    expect(minutes(ticket.clock('next_reply'))).toBe(30);
    expect(minutes(ticket.clock('time_to_solve'))).toBe(53.5 * 60);
    expect(minutes(ticket.clock('periodic_update'))).toBe(46.5 * 60);
    expect(minutes(ticket.clock('pausable_update'))).toBe(28.5 * 60);
    expect(minutes(ticket.clock('requester_wait'))).toBe(35.5 * 60);
    expect(minutes(ticket.clock('agent_work'))).toBe(8.5 * 60);
    expect(ticket.docket.clocks.every((clock) => clock.state === 'met')).toBe(true);
  });

  test.each([
    ['high', '2026-01-05T08:00', '2026-01-05T11:00:00', '2026-01-05T14:00:00'],
    ['urgent', '2026-01-05T20:00', '2026-01-06T10:30:00', '2026-01-06T12:00:00'],
    ['low', '2026-01-03T15:00', '2026-01-07T18:00:00', '2026-01-15T18:00:00'],
  ])('W26: %s from %s', (priority, from, reply, solve) => {
    const ticket = follow(rulesOf(frappe));
    ticket.open(from, { priority });
    expect(at(ticket.clock('first_reply').dueAt)).toBe(reply);
    expect(at(ticket.clock('time_to_solve').dueAt)).toBe(solve);
  });

  test.each([
    [3600, '2026-01-08T18:00:00'],
    [3601, '2026-01-09T10:00:01'],
  ])('W28: Thursday 15:00, paused for %i s, is due %s', (seconds, due) => {
    const ticket = follow(rulesOf(frappe));
    ticket.open('2026-01-08T15:00', { priority: 'urgent' });
    expect(at(ticket.clock('time_to_solve').dueAt)).toBe('2026-01-08T17:00:00');
    ticket.state('2026-01-08T15:30', 'pending');
    ticket.state(utc('2026-01-08T15:30') + seconds * 1000, 'open');
    expect(at(ticket.clock('time_to_solve').dueAt)).toBe(due);
  });

  test('W31: pending time does not count', () => {
    const start = utc('2026-01-05T00:00');
    const ticket = follow(rulesOf(policy({ targets: [target('time_to_solve', 30)] })));
    ticket.open(start + 75 * MIN);
    ticket.state(start + 75 * MIN, 'open');
    ticket.state(start + 90 * MIN, 'pending');
    ticket.state(start + 120 * MIN, 'open');
    expect(ticket.clock('time_to_solve').dueAt).toBe(start + 135 * MIN);
    const whole = follow(rulesOf(policy({ targets: [target('time_to_solve', 1000)] })));
    whole.open(start);
    whole.state(start + 60 * MIN, 'open');
    whole.state(start + 90 * MIN, 'pending');
    whole.state(start + 120 * MIN, 'closed');
    expect(minutes(whole.clock('time_to_solve'))).toBe(90);
  });

  test('W32: 24 office hours from Friday evening', () => {
    const ticket = follow(
      rulesOf(policy({ calendars: [{ id: 'berlin', version: 1 }], targets: [target('first_reply', 24 * 60)] })),
    );
    // 16:55 in Berlin is 15:55 UTC in winter.
    ticket.open('2026-01-09T15:55');
    expect(at(ticket.clock('first_reply').dueAt)).toBe('2026-01-14T15:55:00');
  });
});

describe('a policy that matches later', () => {
  const rules = () =>
    rulesOf(policy({ conditions: [{ field: 'topic', anyOf: ['bill'] }], targets: [target('time_to_solve', 600)] }));

  test('counts from the beginning, without the time in which the clock would have stood still', () => {
    const ticket = follow(rules());
    ticket.open('2026-01-05T08:00');
    ticket.state('2026-01-05T09:00', 'pending');
    ticket.state('2026-01-05T12:00', 'open');
    ticket.state('2026-01-05T12:30', 'solved');
    ticket.state('2026-01-05T13:00', 'open');
    ticket.change('2026-01-05T14:00', { topic: 'bill' });
    const clock = ticket.clock('time_to_solve');
    expect(clock.startedAt).toBe(utc('2026-01-05T08:00'));
    // An hour, half an hour, and what comes from one o'clock on.
    expect(clock.usedMs).toBe(90 * MIN);
    expect(at(clock.dueAt)).toBe('2026-01-05T21:30:00');
    expect(replay(clock, utc('2026-01-05T14:00'), rules())).toMatchObject({ usedMs: 150 * MIN, dueAt: clock.dueAt });
  });

  test('stands still when the conversation does, with what had been used by then', () => {
    const ticket = follow(rules());
    ticket.open('2026-01-05T08:00');
    ticket.state('2026-01-05T09:00', 'pending');
    ticket.change('2026-01-05T14:00', { topic: 'bill' });
    expect(ticket.clock('time_to_solve')).toMatchObject({ state: 'paused', usedMs: HOUR });
  });
});

test('of a conversation that goes back and forth the oldest clocks are counted, not lost', () => {
  const ticket = follow(rulesOf(policy({ targets: [target('next_reply', 30)] })));
  const start = utc('2026-01-05T00:00');
  ticket.open(start);
  ticket.reply(start + MIN);
  for (let i = 1; i <= 100; i++) {
    ticket.customer(start + i * HOUR);
    // Every fourth is answered too late.
    ticket.reply(start + i * HOUR + (i % 4 === 0 ? 40 : 10) * MIN);
  }
  const { clocks, tallies = [] } = ticket.docket;
  expect(clocks.length).toBeLessThanOrEqual(61);
  const of = (state: 'met' | 'breached') =>
    clocks.filter((clock) => clock.state === state).length + tallies.reduce((sum, tally) => sum + tally[state], 0);
  expect([of('met'), of('breached')]).toEqual([75, 25]);
  expect(new Set(tallies.map(({ day }) => day)).size).toBe(2);
});

describe('warnings and breach', () => {
  const steps = [{ percent: 150, name: 'page the lead', actions: [{ kind: 'page' as const, to: 'lead' }] }];
  const strict = () => rulesOf(policy({ targets: [target('first_reply', 60)], warnPercents: [50, 75], steps }));
  const types = (list: { type: string }[]) => list.map(({ type }) => type);

  test('each once, in order, at its own time, however often somebody looks', () => {
    const ticket = follow(strict());
    ticket.open('2026-01-05T09:00');
    expect(ticket.check('2026-01-05T09:29:59')).toEqual([]);
    expect(types(ticket.check('2026-01-05T09:30'))).toEqual(['warned']);
    expect(ticket.check('2026-01-05T09:30')).toEqual([]);
    const late = ticket.check('2026-01-05T11:00');
    expect(late.map((event) => [event.type, 'at' in event && at(event.at)])).toEqual([
      ['warned', '2026-01-05T09:45:00'],
      ['breached', '2026-01-05T10:00:00'],
      ['escalated', '2026-01-05T10:30:00'],
    ]);
    expect(ticket.check('2026-01-06T11:00')).toEqual([]);
    ticket.reply('2026-01-06T12:00');
    expect(ticket.clock('first_reply')).toMatchObject({ state: 'breached', usedMs: 27 * HOUR });
  });

  test('a reply on the very moment is in time, one a millisecond later is not, whoever looks first', () => {
    for (const [delay, state] of [
      [0, 'met'],
      [1, 'breached'],
    ] as const) {
      for (const timerFirst of [true, false]) {
        const ticket = follow(strict());
        ticket.open('2026-01-05T09:00');
        if (timerFirst) ticket.check('2026-01-05T10:05');
        ticket.reply(utc('2026-01-05T10:00') + delay);
        expect([delay, timerFirst, ticket.clock('first_reply').state]).toEqual([delay, timerFirst, state]);
        const breaches = ticket.told().filter(({ type }) => type === 'breached').length;
        expect(breaches).toBe(timerFirst || delay ? 1 : 0);
      }
    }
  });

  test('a breach announced before an earlier reply was heard of is taken back', () => {
    const ticket = follow(strict());
    ticket.open('2026-01-05T09:00');
    ticket.check('2026-01-05T10:05');
    ticket.reply('2026-01-05T09:40');
    expect(ticket.clock('first_reply')).toMatchObject({ state: 'met', breachedAt: undefined, usedMs: 40 * MIN });
    expect(ticket.told().at(-1)).toMatchObject({ type: 'stopped', withdrawn: true, met: true });
  });

  test('the due moment at the end of the day has passed when the reply comes next morning', () => {
    const ticket = follow(rulesOf(policy({ calendars: desk, targets: [target('first_reply', 60)] })));
    ticket.open('2026-01-05T17:00');
    ticket.reply('2026-01-06T10:00');
    expect(ticket.clock('first_reply')).toMatchObject({ state: 'breached', breachedAt: utc('2026-01-05T18:00') });
  });
});

describe('turns and changes', () => {
  test('next reply runs from the oldest unanswered message, once per turn', () => {
    const ticket = follow(rulesOf(policy({ targets: [target('first_reply', 60), target('next_reply', 30)] })));
    ticket.open('2026-01-05T09:00');
    ticket.customer('2026-01-05T09:05');
    expect(ticket.all('next_reply')).toEqual([]);
    ticket.reply('2026-01-05T09:10');
    ticket.customer('2026-01-05T09:20');
    ticket.customer('2026-01-05T09:25');
    expect(ticket.all('next_reply').map((clock) => at(clock.startedAt))).toEqual(['2026-01-05T09:20:00']);
    ticket.reply('2026-01-05T09:30');
    ticket.customer('2026-01-05T09:40');
    expect(ticket.all('next_reply').map(({ id, state }) => [id, state])).toEqual([
      ['c1-next_reply-1', 'met'],
      ['c1-next_reply-2', 'running'],
    ]);
    ticket.state('2026-01-05T09:50', 'solved');
    expect(ticket.clock('next_reply').state).toBe('cancelled');
  });

  test('priority changes count from the original start; another policy takes over; none cancels', () => {
    const gold = policy({
      id: 'gold',
      conditions: [{ field: 'attribute.tier', anyOf: ['gold'] }],
      targets: [target('time_to_solve', 10)],
    });
    const mail = policy({ conditions: [{ field: 'channel', anyOf: ['email'] }], targets: frappe.targets });
    const ticket = follow(rulesOf(gold, mail));
    ticket.open('2026-01-05T09:00', { priority: 'low' });
    ticket.change('2026-01-05T09:30', { priority: 'urgent' });
    expect(at(ticket.clock('time_to_solve').dueAt)).toBe('2026-01-05T11:00:00');
    ticket.change('2026-01-05T10:00', { attributes: { tier: 'gold' } });
    // Ten minutes have passed long ago: due at once, and the breach is not dated back.
    ticket.check('2026-01-05T10:00');
    expect(ticket.clock('time_to_solve')).toMatchObject({ state: 'breached', breachedAt: utc('2026-01-05T10:00') });
    expect(ticket.clock('first_reply')).toMatchObject({ state: 'breached', endedAt: utc('2026-01-05T10:00') });
    ticket.change('2026-01-05T10:10', { attributes: {}, channel: 'chat' });
    expect(ticket.docket.clocks.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
  });

  test('a calendar that changes meanwhile counts from the change on', () => {
    const before = policy({ calendars: desk, targets: [target('time_to_solve', 240)] });
    const after = policy({ version: 2, calendars: [{ id: 'desk', version: 2 }], targets: before.targets });
    const ticket = follow(rulesOf(before));
    ticket.open('2026-01-05T16:00');
    ticket.change('2026-01-05T20:00', { topic: 'refund' }, rulesOf(after));
    // Two hours under the old hours, the other two around the clock.
    expect(at(ticket.clock('time_to_solve').dueAt)).toBe('2026-01-05T22:00:00');
    expect(ticket.clock('time_to_solve').ledger.map(({ what }) => what)).toEqual(['started', 'retargeted']);
  });

  test('solving stops, opening again goes on without the time between', () => {
    const ticket = follow(rulesOf(policy({ targets: [target('time_to_solve', 60), target('requester_wait', 60)] })));
    ticket.open('2026-01-05T09:00');
    ticket.state('2026-01-05T09:30', 'solved');
    ticket.check('2026-01-05T12:00');
    ticket.state('2026-01-05T13:00', 'open');
    expect(ticket.clock('time_to_solve')).toMatchObject({ state: 'running', dueAt: utc('2026-01-05T13:30') });
    expect(ticket.docket).toMatchObject({ reopens: 1, firstSolvedAt: utc('2026-01-05T09:30') });
    ticket.state('2026-01-05T13:10', 'solved');
    expect(minutes(ticket.clock('requester_wait'))).toBe(40);
    expect(ticket.all('time_to_solve')).toHaveLength(1);
  });

  test('a merge cancels here and brings the earlier start there', () => {
    const rules = rulesOf(policy({ targets: [target('time_to_solve', 120), target('first_reply', 60)] }));
    const gone = follow(rules, 'old');
    gone.open('2026-01-05T09:00');
    gone.do('2026-01-05T09:50', { type: 'merged', into: 'c1' } as never);
    expect(gone.docket.clocks.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect(gone.check('2026-01-06T09:50')).toEqual([]);
    const lives = follow(rules);
    lives.open('2026-01-05T09:30');
    const inherit = { type: 'inherit', from: 'old', since: utc('2026-01-05T09:00') } as never;
    lives.do('2026-01-05T09:50', inherit);
    expect(lives.do('2026-01-05T09:50', inherit)).toEqual([]);
    expect(lives.clock('first_reply')).toMatchObject({ dueAt: utc('2026-01-05T10:00'), usedMs: 50 * MIN });
    // Told of the earlier start before the opening itself was heard of.
    const later = follow(rules);
    later.do('2026-01-05T09:50', inherit);
    later.open('2026-01-05T09:30');
    expect(later.clock('time_to_solve').dueAt).toBe(utc('2026-01-05T11:00'));
  });

  test('calls: speed of answer from the queue, an answer is the first reply, hanging up cancels', () => {
    const rules = rulesOf(
      policy({
        targets: [
          target('speed_of_answer', 0.5, { channel: 'voice' }),
          target('speed_of_answer', 5),
          target('first_reply', 60),
        ],
      }),
    );
    const call = follow(rules);
    call.open('2026-01-05T09:00', { channel: 'voice' });
    call.do('2026-01-05T09:00:05', { type: 'callQueued' });
    expect(call.clock('speed_of_answer').terms.targetMs).toBe(30_000);
    call.do('2026-01-05T09:00:20', { type: 'callAnswered' });
    expect(call.docket.clocks.map(({ metric, state }) => [metric, state])).toEqual([
      ['first_reply', 'met'],
      ['speed_of_answer', 'met'],
    ]);
    const lost = follow(rules);
    lost.open('2026-01-05T09:00', { channel: 'voice' });
    lost.do('2026-01-05T09:00:05', { type: 'callQueued' });
    lost.do('2026-01-05T09:00:20', { type: 'callEnded' });
    expect(lost.clock('speed_of_answer').state).toBe('cancelled');
  });

  test('a team has its own time, beside what the customer was promised', () => {
    const team = policy({
      id: 'ola',
      targets: [target('team_time', 30)],
      conditions: [{ field: 'queue', anyOf: ['tier2'] }],
    });
    const ticket = follow(rulesOf(policy({ targets: [target('time_to_solve', 600)] }), team));
    ticket.open('2026-01-05T09:00');
    ticket.change('2026-01-05T09:10', { queueId: 'tier2' });
    ticket.check('2026-01-05T09:45');
    expect(ticket.clock('team_time')).toMatchObject({ state: 'breached', team: 'tier2' });
    ticket.change('2026-01-05T10:00', { queueId: 'tier1' });
    expect(ticket.clock('team_time').endedAt).toBe(utc('2026-01-05T10:00'));
    expect(ticket.clock('time_to_solve').state).toBe('running');
    ticket.change('2026-01-05T10:10', { queueId: 'tier2' });
    expect(ticket.all('team_time')).toHaveLength(2);
  });
});

describe('explanation and replay', () => {
  const rules = rulesOf(
    policy({ id: 'gold', calendars: desk, targets: [target('first_reply', 120)], warnPercents: [50] }),
  );
  const ticket = follow(rules);
  ticket.open('2026-01-05T16:30');
  ticket.check('2026-01-06T12:00');
  ticket.reply('2026-01-06T12:00');
  const clock = ticket.clock('first_reply');

  test('the deadline explains itself with its arithmetic', () => {
    const steps = explain(clock, 'Europe/Berlin', rules);
    expect(steps.map(({ text }) => text)).toEqual([
      'Started because: the customer wrote. policy gold v1 gives 2 h of open time of desk v1 for first reply at priority normal; due Tue 2026-01-06 11:30 (UTC+1).',
      'Warned at 50 %. 1 h of 2 h used, 1 h left; due Tue 2026-01-06 11:30 (UTC+1).',
      'Breached: the 2 h were used up.',
      'Stopped because: we replied. 3 h 30 min of 2 h used, 1 h 30 min over.',
    ]);
    expect(steps.map(({ countedMs }) => countedMs / MIN)).toEqual([0, 60, 60, 90]);
    expect(steps[2]!.windows).toEqual([
      { from: utc('2026-01-05T17:30'), to: utc('2026-01-05T18:00') },
      { from: utc('2026-01-06T10:00'), to: utc('2026-01-06T10:30') },
    ]);
    expect(summaryOf(clock, clock.usedMs, 'Etc/UTC')).toContain('first reply: breached, 3 h 30 min of 2 h used');
  });

  test('replay finds the same answer from the inputs, and another one when a sum was tampered with', () => {
    const again = replay(clock, utc('2026-01-07T00:00'), rules);
    expect(again).toEqual({
      usedMs: clock.usedMs,
      dueAt: clock.dueAt,
      breachedAt: clock.breachedAt,
      startedAt: clock.startedAt,
    });
    const ledger = clock.ledger.map((entry) => (entry.what === 'stopped' ? { ...entry, at: entry.at - HOUR } : entry));
    expect(replay({ ledger }, utc('2026-01-07T00:00'), rules).usedMs).toBe(clock.usedMs - HOUR);
  });

  test('a ledger of years sums its oldest lines up, and still explains and replays itself', () => {
    const both = rulesOf(
      policy({ targets: [target('time_to_solve', 90), target('time_to_solve', 900, { priority: 'low' })] }),
    );
    const long = follow(both);
    let now = utc('2026-01-05T09:00');
    long.open(now);
    for (let i = 0; i < 500; i++) {
      long.state((now += MIN), 'pending');
      long.check(now);
      long.state((now += MIN), 'open');
      // Breached after 90 minutes, then held to more: what was announced stays.
      if (i === 100) long.change(now, { priority: 'low' });
    }
    const ledger = long.clock('time_to_solve').ledger;
    expect(ledger.length).toBeLessThanOrEqual(200);
    expect(ledger.filter(({ what }) => what === 'carried')).toHaveLength(1);
    const { usedMs, breachedAt, dueAt, startedAt } = long.clock('time_to_solve');
    expect(breachedAt).toBeDefined();
    expect(usedMs).toBe(500 * MIN);
    expect(replay({ ledger }, now, both)).toEqual({ usedMs, breachedAt, dueAt, startedAt });
    const steps = explain(long.clock('time_to_solve'), 'Etc/UTC', both);
    const counted = steps.slice(2).reduce((ms, step) => ms + step.countedMs, steps[1]!.usedMs);
    expect(counted).toBe(usedMs);
  });
});
