import { setTimeout as pause } from 'node:timers/promises';
import { encodeEvent } from '@throughline/bus';
import { conversationV1, feedbackV1, slaV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let serial = 0;
const tenant = () => `t${++serial}`;

beforeAll(async () => {
  service = await startService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { ConversationState, Metric } = { ...conversationV1, ...v1 };

const refusal = async (call: Promise<unknown>) => {
  try {
    await call;
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};

const policy = (client: Client, extra: object = {}) =>
  client.createSlaPolicy(
    v1.CreateSlaPolicyRequest.fromPartial({
      policyId: 'short',
      targets: [
        { metric: Metric.FIRST_REPLY, targetSeconds: 2 },
        { metric: Metric.TIME_TO_SOLVE, targetSeconds: 3600 },
      ],
      warnPercents: [50],
      ...extra,
    } as never),
  );
const clocksOf = async (client: Client, conversationId: string) =>
  (await client.listClocks(v1.ListClocksRequest.fromPartial({ conversationId }))).clocks;
const clockOf = (client: Client, conversationId: string, metric: v1.Metric) =>
  eventually(`a clock of ${metric}`, async () =>
    (await clocksOf(client, conversationId)).find((clock) => clock.metric === metric),
  );

describe('clocks', () => {
  test('a message starts them, they warn and breach by themselves once, and explain it', async () => {
    const id = tenant();
    const client = service.client(id);
    await policy(client);
    const talk = service.conversation(id, 'c1');
    await talk.opened();
    await talk.received();
    await talk.replied(true);
    await eventually('the breach', () => service.names(id).includes('ClockBreached'));
    expect(service.names(id, 'first_reply')).toEqual(['ClockStarted', 'ClockWarned', 'ClockBreached']);
    const breach = service.told(id).find(({ type }) => type.endsWith('ClockBreached'))!;
    const facts = v1.ClockBreached.decode(breach.data);
    // Not early by the time of the database, and not much later.
    const late = breach.recordedAt.getTime() - facts.clock!.dueAt!.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1_500);
    expect(breach.time).toEqual(facts.clock!.dueAt);
    expect(breach).toMatchObject({ conversationId: 'c1', contactPoint: 'email:ada@example.org', channel: 'email' });
    await talk.replied();
    await eventually('the stop', () => service.names(id, 'first_reply').includes('ClockStopped'));
    const clock = await clockOf(client, 'c1', Metric.FIRST_REPLY);
    expect(clock).toMatchObject({ state: 'CLOCK_STATE_BREACHED', policyId: 'short', policyVersion: 1n });
    const explained = await client.explainClock(v1.ExplainClockRequest.fromPartial({ clockId: clock.id }));
    expect(explained.steps.map(({ what }) => what)).toEqual(['started', 'warned', 'breached', 'stopped']);
    expect(explained.steps[0]!.text).toContain('policy short v1 gives 2 s around the clock for first reply');
    const replayed = await client.replayClock(v1.ReplayClockRequest.fromPartial({ clockId: clock.id }));
    expect(replayed).toMatchObject({ same: true, differences: [] });
  }, 30_000);

  test('a reply pauses and stops, the answer resumes; the same events again change nothing', async () => {
    const id = tenant();
    const client = service.client(id);
    await policy(client, {
      targets: [
        { metric: Metric.FIRST_REPLY, targetSeconds: 600 },
        { metric: Metric.TIME_TO_SOLVE, targetSeconds: 3600 },
      ],
    });
    const talk = service.conversation(id, 'c1');
    const records = [
      await talk.opened(),
      await talk.received(),
      await talk.replied(),
      await talk.state(ConversationState.PENDING),
      await talk.state(ConversationState.OPEN),
    ];
    await eventually('the resume', () => service.names(id).includes('ClockResumed'));
    const expected = ['ClockStarted', 'ClockStarted', 'ClockStopped', 'ClockPaused', 'ClockResumed'];
    expect(service.names(id)).toEqual(expected);
    for (let i = 0; i < 10; i++) await service.bus.producer.publish(records);
    await talk.state(ConversationState.SOLVED);
    await eventually('the end', () => service.names(id).length > expected.length);
    expect(service.names(id)).toEqual([...expected, 'ClockStopped']);
    const ids = service.told(id).map((event) => event.id);
    expect(ids).toEqual(ids.map((_, i) => `${id}/c1/${i + 1}`));
    expect((await clocksOf(client, 'c1')).map(({ state }) => state)).toEqual(['CLOCK_STATE_MET', 'CLOCK_STATE_MET']);
  }, 30_000);

  test('a merge hands the earlier start on', async () => {
    const id = tenant();
    const client = service.client(id);
    await policy(client, { targets: [{ metric: Metric.TIME_TO_SOLVE, targetSeconds: 3600 }] });
    const earlier = new Date(Date.now() - 600_000);
    await service.conversation(id, 'old').opened({}, earlier);
    await service.conversation(id, 'new').opened();
    await eventually(
      'both',
      async () =>
        (await clockOf(client, 'new', Metric.TIME_TO_SOLVE)) && (await clockOf(client, 'old', Metric.TIME_TO_SOLVE)),
    );
    await service.conversation(id, 'old').merged('new');
    const clock = await eventually('the retarget', async () => {
      const found = await clockOf(client, 'new', Metric.TIME_TO_SOLVE);
      return found.startedAt?.getTime() === earlier.getTime() && found;
    });
    expect(clock.dueAt).toEqual(new Date(earlier.getTime() + 3_600_000));
    expect((await clocksOf(client, 'old'))[0]!.state).toBe('CLOCK_STATE_CANCELLED');
  }, 30_000);

  test('another tenant sees nothing of it', async () => {
    const id = tenant();
    await policy(service.client(id));
    await service.conversation(id, 'c1').opened();
    const clock = await clockOf(service.client(id), 'c1', Metric.TIME_TO_SOLVE);
    const stranger = service.client(tenant());
    expect(await clocksOf(stranger, 'c1')).toEqual([]);
    expect(await refusal(stranger.getClock(v1.GetClockRequest.fromPartial({ clockId: clock.id })))).toBe(
      'CLOCK_NOT_FOUND',
    );
  }, 30_000);

  test('what if another policy had counted, attainment, and what breaks next', async () => {
    const id = tenant();
    const client = service.client(id);
    await policy(client);
    await policy(client, {
      policyId: 'long',
      order: 9,
      targets: [{ metric: Metric.FIRST_REPLY, targetSeconds: 7200 }],
    });
    const talk = service.conversation(id, 'c1');
    await talk.opened();
    await talk.received();
    await eventually('the breach', () => service.names(id).includes('ClockBreached'));
    const dry = await client.dryRunPolicy(
      v1.DryRunPolicyRequest.fromPartial({ policyId: 'long', conversationId: 'c1' }),
    );
    const first = dry.clocks.find(({ now }) => now?.metric === Metric.FIRST_REPLY)!;
    expect([first.now?.state, first.asIf?.state]).toEqual(['CLOCK_STATE_BREACHED', 'CLOCK_STATE_RUNNING']);
    expect(dry.clocks.find(({ now }) => now?.metric === Metric.TIME_TO_SOLVE)?.asIf).toBeUndefined();
    const hour = 3_600_000;
    const { total, rows } = await client.getAttainment(
      v1.GetAttainmentRequest.fromPartial({
        from: new Date(Date.now() - hour),
        to: new Date(Date.now() + hour),
        groupBy: [v1.AttainmentDimension.METRIC],
      }),
    );
    expect(total).toMatchObject({ met: 0n, breached: 1n, open: 1n, attainment: 0 });
    expect(rows.map(({ metric, breached, open }) => [metric, breached, open])).toEqual([
      [Metric.FIRST_REPLY, 1n, 0n],
      [Metric.TIME_TO_SOLVE, 0n, 1n],
    ]);
    const stream = client.watchRisk(v1.WatchRiskRequest.fromPartial({ horizonSeconds: 7200 }));
    for await (const { items } of stream) {
      expect(items.map(({ pastDue, what }) => [pastDue, what?.$case === 'clock' && what.value.metric])).toEqual([
        [true, Metric.FIRST_REPLY],
        [false, Metric.TIME_TO_SOLVE],
      ]);
      break;
    }
  }, 30_000);
});

test('attainment by what conversations are about, whom they were written to, who has them, and an attribute of the tenant', async () => {
  const id = tenant();
  const client = service.client(id);
  await policy(client, { targets: [{ metric: Metric.FIRST_REPLY, targetSeconds: 1800 }] });
  const start = Date.now() - 3_600_000;
  const moment = (minutes: number) => new Date(start + minutes * 60_000);
  const about: Partial<conversationV1.ConversationOpened>[] = [
    { topic: 'billing', language: 'de', destination: 'help@a.example', attributes: { region: 'eu', 'a.$b': 'x' } },
    { topic: 'billing', language: 'en', destination: 'help@b.example', attributes: { region: 'us' } },
    { topic: 'returns', language: 'en', destination: 'help@b.example', attributes: {} },
  ];
  for (const [i, facts] of about.entries()) {
    const talk = service.conversation(id, `c${i}`);
    await talk.opened(facts, moment(0));
    await talk.received(moment(0));
    // The first is answered too late.
    await talk.replied(false, moment(i === 0 ? 40 : 10));
  }
  const { AttainmentDimension: By } = v1;
  const asked = (groupBy: v1.AttainmentDimension[], groupByAttribute = '') =>
    client.getAttainment(
      v1.GetAttainmentRequest.fromPartial({ from: moment(-60), to: new Date(), groupBy, groupByAttribute }),
    );
  await eventually('all three', async () => {
    const { total } = await asked([]);
    return total!.met === 2n && total!.breached === 1n;
  });
  const table = async (field: 'topic' | 'language' | 'destination' | 'attribute', ...by: Parameters<typeof asked>) =>
    (await asked(...by)).rows.map((row) => [row[field], row.met, row.breached]);
  expect(await table('topic', [By.TOPIC])).toEqual([
    ['billing', 1n, 1n],
    ['returns', 1n, 0n],
  ]);
  expect(await table('language', [By.LANGUAGE, By.METRIC])).toEqual([
    ['de', 0n, 1n],
    ['en', 2n, 0n],
  ]);
  expect(await table('destination', [By.DESTINATION])).toEqual([
    ['help@a.example', 0n, 1n],
    ['help@b.example', 2n, 0n],
  ]);
  expect(await table('attribute', [], 'region')).toEqual([
    ['', 1n, 0n],
    ['eu', 0n, 1n],
    ['us', 1n, 0n],
  ]);
  // A name may be anything; it is no path and no expression.
  expect(await table('attribute', [], 'a.$b')).toEqual([
    ['', 2n, 0n],
    ['x', 0n, 1n],
  ]);
  const [row] = (await asked([By.ASSIGNEE, By.TEAM])).rows;
  expect(row).toMatchObject({ assigneeId: '', team: '', topic: '', met: 2n, breached: 1n });
}, 30_000);

test('attainment counts every clock of a conversation that goes back and forth', async () => {
  const id = tenant();
  const client = service.client(id);
  await policy(client, { targets: [{ metric: Metric.NEXT_REPLY, targetSeconds: 1800 }] });
  const talk = service.conversation(id, 'c1');
  const start = Date.now() - 90 * 3_600_000;
  const moment = (minutes: number) => new Date(start + minutes * 60_000);
  const request = v1.GetAttainmentRequest.fromPartial({ from: moment(-60), to: new Date() });
  const odd: unknown[] = [];
  const all = (async () => {
    const until = Date.now() + 50_000;
    for (;;) {
      const { total } = await client.getAttainment(request);
      const { met, breached } = total!;
      // Each tenth is late, and so is for a moment one that nobody answered yet: no look may count one twice or none.
      const late = (met + breached) / 10n;
      if (breached < late || breached > late + 1n) odd.push({ met, breached });
      if (met + breached === 70n || Date.now() > until) return total;
    }
  })();
  await talk.opened({}, moment(0));
  await talk.replied(false, moment(5));
  for (let i = 1; i <= 70; i++) {
    await talk.received(moment(i * 60));
    await talk.replied(false, moment(i * 60 + (i % 10 === 0 ? 40 : 10)));
    await pause(25); // A write for each, so that looks fall between them.
  }
  const total = await all;
  expect(odd).toEqual([]);
  expect(total).toMatchObject({ met: 63n, breached: 7n, open: 0n });
  expect((await clocksOf(client, 'c1')).length).toBeLessThan(70);
}, 60_000);

describe('promises', () => {
  const make = (client: Client, extra: object = {}) =>
    client.makePromise(
      v1.MakePromiseRequest.fromPartial({
        conversationId: 'c1',
        contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: 'ada@example.org' },
        what: 'call back',
        promiserKind: v1.PromiserKind.AGENT,
        promiserId: 'agent-7',
        teamId: 'support',
        dueAt: new Date(Date.now() + 60_000),
        ...extra,
      } as never),
    );

  test('reminded, told, broken by itself; kept in time; the rate of the team', async () => {
    const id = tenant();
    const client = service.client(id);
    const soon = { dueAt: new Date(Date.now() + 1_500), remindBeforeSeconds: 1, noticeBeforeSeconds: 1 };
    const broken = (await make(client, soon)).promise!;
    const kept = (await make(client, { ...soon, noticeBeforeSeconds: 0, requestId: 'r1' })).promise!;
    expect((await make(client, { ...soon, noticeBeforeSeconds: 0, requestId: 'r1' })).promise).toEqual(kept);
    await eventually('the reminder', () => service.names(id, kept.id).includes('PromiseDueSoon'));
    const after = await client.keepPromise(v1.KeepPromiseRequest.fromPartial({ promiseId: kept.id, note: 'done' }));
    expect(after.promise?.state).toBe('PROMISE_STATE_KEPT');
    await eventually('the break', () => service.names(id, broken.id).includes('PromiseBroken'));
    expect(service.names(id, broken.id)).toEqual([
      'PromiseMade',
      'PromiseDueSoon',
      'PromiseNoticeRequested',
      'PromiseBroken',
    ]);
    expect(service.names(id, kept.id)).toEqual(['PromiseMade', 'PromiseDueSoon', 'PromiseKept']);
    const move = { promiseId: broken.id, dueAt: new Date(Date.now() + 9e6), reason: 'later' };
    expect(await refusal(client.renegotiatePromise(v1.RenegotiatePromiseRequest.fromPartial(move)))).toBe(
      'PROMISE_PAST_DUE',
    );
    const { keptPromises } = await client.getAttainment(
      v1.GetAttainmentRequest.fromPartial({ from: new Date(Date.now() - 9e5), to: new Date(Date.now() + 9e5) }),
    );
    expect(keptPromises).toMatchObject([{ teamId: 'support', kept: 1n, broken: 1n, keptRate: 0.5 }]);
    const open = await client.listPromises(v1.ListPromisesRequest.fromPartial({ conversationId: 'c1' }));
    expect(open.promises.map((promise) => promise.id).sort()).toEqual([broken.id, kept.id].sort());
  }, 30_000);

  test('a reply that names a time proposes one; a person confirms it or says that it is none', async () => {
    const id = tenant();
    const client = service.client(id);
    const talk = service.conversation(id, 'c1');
    await talk.opened({ attributes: { time_zone: 'Asia/Shanghai' } });
    await talk.said('m1', 'Thank you. I will call you back tomorrow at 15:00. 我们会在后天上午10点前退款给您。');
    // The same reply again, and the same time in another one, propose nothing more.
    await talk.said('m1', 'Thank you. I will call you back tomorrow at 15:00.');
    await talk.said('m2', 'As I said, I will call you tomorrow at 15:00.');
    const list = async () =>
      (await client.listPromises(v1.ListPromisesRequest.fromPartial({ conversationId: 'c1' }))).promises;
    const [call, refund] = await eventually('both', async () => {
      const found = await list();
      return found.length === 2 && found;
    });
    expect(call).toMatchObject({ state: 'PROMISE_STATE_PROPOSED', timeZone: 'Asia/Shanghai', messageId: 'm1' });
    expect(call!.dueLocal).toMatch(/15:00 \(UTC\+8\)$/);
    expect(call!.quote).toBe('I will call you back tomorrow at 15:00.');
    expect(refund!.dueLocal).toMatch(/10:00 \(UTC\+8\)$/);
    const confirm = v1.ConfirmPromiseRequest.fromPartial({ promiseId: call!.id, what: 'call back', requestId: 'r1' });
    const made = await client.confirmPromise(confirm);
    expect(made.promise).toMatchObject({ state: 'PROMISE_STATE_OPEN', what: 'call back' });
    await client.keepPromise(v1.KeepPromiseRequest.fromPartial({ promiseId: call!.id }));
    // The same request gets the same answer, whatever happened since.
    expect(await client.confirmPromise(confirm)).toEqual(made);
    const none = v1.DismissPromiseRequest.fromPartial({ promiseId: refund!.id, reason: 'refunded already' });
    expect((await client.dismissPromise(none)).promise?.state).toBe('PROMISE_STATE_DISMISSED');
    expect(await refusal(client.confirmPromise({ ...confirm, promiseId: refund!.id, requestId: '' }))).toBe(
      'PROMISE_NOT_PROPOSED',
    );
    await eventually('the end', () => service.names(id, refund!.id).includes('PromiseDismissed'));
    expect(service.names(id, call!.id)).toEqual(['PromiseProposed', 'PromiseMade', 'PromiseKept']);
    expect(await list()).toHaveLength(2);
  }, 30_000);

  test('due in the zone of the customer, over a change of the clock', async () => {
    const client = service.client(tenant());
    const { promise } = await make(client, {
      dueAt: undefined,
      dueLocal: '2030-03-31T02:30',
      timeZone: 'Europe/Berlin',
    });
    expect(promise?.dueAt).toEqual(new Date('2030-03-31T01:30Z'));
    expect(promise?.dueLocal).toBe('Sun 2030-03-31 03:30 (UTC+2)');
  });

  test.each([
    ['year 9999', 'DUE_TOO_FAR', { dueAt: new Date('9999-01-01T00:00Z') }],
    ['yesterday', 'DUE_IN_THE_PAST', { dueAt: new Date(Date.now() - 86_400_000) }],
    ['zone of Mars', 'TIME_ZONE_UNKNOWN', { timeZone: 'Mars/Olympus' }],
    ['25:00', 'LOCAL_TIME_INVALID', { dueAt: undefined, dueLocal: '2030-01-01T25:00' }],
    ['to nobody', 'INVALID_ARGUMENT', { conversationId: '', contactPoint: undefined }],
    ['nothing', 'INVALID_ARGUMENT', { what: '' }],
  ])('%s: %s', async (_, reason, extra) => {
    expect(await refusal(make(service.client(tenant()), extra))).toBe(reason);
  });
});

describe('recovery cases', () => {
  const fact = (
    id: string,
    caseId: string,
    name: 'Opened' | 'Advanced',
    seq: number,
    dueAt: Date,
    responded = false,
  ) => {
    const told = {
      case: {
        id: caseId,
        contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: 'ada@example.org' },
        what: 'empty box',
        dueAt,
      },
    };
    const codec = feedbackV1[`RecoveryCase${name}`] as typeof feedbackV1.RecoveryCaseOpened;
    const message = codec.fromPartial(told as never);
    if (responded) message.case!.respondedAt = new Date();
    return service.bus.producer.publish([
      {
        topic: 'feedback.cases.v1',
        key: `${id}/${caseId}`,
        value: encodeEvent({
          id: `${id}/${caseId}/${seq}`,
          source: 'throughline/feedback',
          type: `throughline.feedback.v1.RecoveryCase${name}`,
          subject: caseId,
          time: new Date(),
          recordedAt: new Date(),
          tenantId: id,
          data: codec.encode(message).finish(),
        }),
      },
    ]);
  };

  test('one has a promise as its clock: kept by the answer, broken without one, made once', async () => {
    const id = tenant();
    const soon = new Date(Date.now() + 1_500);
    await fact(id, 'k1', 'Opened', 1, soon);
    await fact(id, 'k1', 'Opened', 1, soon);
    await fact(id, 'k2', 'Opened', 1, soon);
    await eventually('both clocks', () => service.names(id).filter((name) => name === 'PromiseMade').length === 2);
    await fact(id, 'k1', 'Advanced', 2, soon, true);
    await eventually('the broken one', () => service.names(id, 'case-k2').includes('PromiseBroken'));
    expect(service.names(id, 'case-k1').filter((name) => name !== 'PromiseDueSoon')).toEqual([
      'PromiseMade',
      'PromiseKept',
    ]);
    const { promise } = await service.client(id).getPromise({ promiseId: 'case-k1' });
    expect(promise).toMatchObject({ state: 'PROMISE_STATE_KEPT', what: 'answer the customer: empty box' });
  }, 30_000);
});

describe('calendars and policies', () => {
  const office = {
    calendarId: 'berlin',
    timeZone: 'Europe/Berlin',
    weeklyHours: [1, 2, 3, 4, 5].map((day) => ({
      day: Object.values(v1.DayOfWeek)[day],
      opens: '09:00',
      closes: '17:00',
    })),
    holidayRegions: [{ country: 'DE', state: 'BY' }],
  };
  const create = (client: Client, extra: object = {}) =>
    client.createCalendar(v1.CreateCalendarRequest.fromPartial({ ...office, ...extra } as never));

  test('versions: a change keeps the old one; holidays of a country are resolved; measure and add', async () => {
    const id = tenant();
    const client = service.client(id);
    const { calendar } = await create(client);
    const thisYear = new Date().getUTCFullYear();
    expect(calendar?.resolvedDays.map(({ date }) => date)).toEqual(
      expect.arrayContaining([`${thisYear}-01-06`, `${thisYear + 5}-12-25`]),
    );
    const from = new Date(`${thisYear}-12-24T08:00Z`);
    const to = new Date(`${thisYear}-12-28T08:00Z`);
    const measured = await client.measureBusinessTime({ calendarId: 'berlin', from, to, alsoCalendarIds: [] });
    const weekday = (day: number) => [1, 2, 3, 4, 5].includes(new Date(Date.UTC(thisYear, 11, day)).getUTCDay());
    expect(measured.openSeconds).toBe(BigInt([24, 27].filter(weekday).length * 8 * 3600));
    const add = { calendarId: 'berlin', alsoCalendarIds: [], from: new Date('2026-01-09T15:55Z') };
    const due = await client.addBusinessTime({ ...add, length: { $case: 'openSeconds', value: 24 * 3600 } });
    expect(due).toEqual({ at: new Date('2026-01-14T15:55Z'), local: 'Wed 2026-01-14 16:55 (UTC+1)' });
    const day = await client.addBusinessTime({ ...add, length: { $case: 'workingDays', value: 1 } });
    expect(day.at).toEqual(new Date('2026-01-12T15:55Z'));
    const changed = { ...office, timeZone: 'Asia/Tokyo', holidayRegions: [], expectedVersion: 1n };
    const update = v1.UpdateCalendarRequest.fromPartial(changed as never);
    expect((await client.updateCalendar(update)).calendar?.version).toBe(2n);
    expect(await refusal(client.updateCalendar(update))).toBe('CALENDAR_CHANGED');
    const ever = { calendarId: 'berlin', from: new Date(0), to: new Date('2199-01-01T00:00Z'), alsoCalendarIds: [] };
    expect(await refusal(client.measureBusinessTime(ever))).toBe('RANGE_TOO_LONG');
    const beyond = { ...ever, to: new Date('9999-01-01T00:00Z') };
    expect(await refusal(client.measureBusinessTime(beyond))).toBe('TIME_OUT_OF_RANGE');
    const old = await client.getCalendar({ calendarId: 'berlin', version: 1n });
    expect(old.calendar).toMatchObject({ timeZone: 'Europe/Berlin', version: 1n });
    expect((await client.getCalendar({ calendarId: 'berlin', version: 0n })).calendar?.timeZone).toBe('Asia/Tokyo');
  }, 30_000);

  test('a clock keeps the calendar version it began with', async () => {
    const id = tenant();
    const client = service.client(id);
    await create(client, { holidayRegions: [] });
    await policy(client, { calendarIds: ['berlin'], targets: [{ metric: Metric.TIME_TO_SOLVE, targetSeconds: 7200 }] });
    const monday = new Date('2026-01-05T15:00Z');
    await service.conversation(id, 'c1').opened({}, monday);
    const before = await clockOf(client, 'c1', Metric.TIME_TO_SOLVE);
    expect(before).toMatchObject({ calendars: [{ id: 'berlin', version: 1n }], dueAt: new Date('2026-01-06T09:00Z') });
    await client.updateCalendar(v1.UpdateCalendarRequest.fromPartial({ ...office, timeZone: 'Asia/Tokyo' } as never));
    expect((await clockOf(client, 'c1', Metric.TIME_TO_SOLVE)).dueAt).toEqual(before.dueAt);
    await service.conversation(id, 'c2').opened({}, monday);
    expect((await clockOf(client, 'c2', Metric.TIME_TO_SOLVE)).calendars).toEqual([{ id: 'berlin', version: 2n }]);
    expect(await refusal(client.deleteCalendar({ calendarId: 'berlin', requestId: '' }))).toBe('CALENDAR_IN_USE');
    await client.deleteSlaPolicy({ policyId: 'short', requestId: '' });
    expect(await refusal(client.deleteCalendar({ calendarId: 'berlin', requestId: '' }))).toBe('accepted');
  }, 30_000);

  test.each([
    [
      'overlap',
      'HOURS_OVERLAP',
      { weeklyHours: [...office.weeklyHours, { ...office.weeklyHours[0], opens: '16:00' }] },
    ],
    ['25:00', 'TIME_INVALID', { weeklyHours: [{ ...office.weeklyHours[0], closes: '25:00' }] }],
    ['zone', 'TIME_ZONE_UNKNOWN', { timeZone: 'Mars/Olympus' }],
    ['never open', 'CALENDAR_NEVER_OPEN', { weeklyHours: [] }],
    ['country', 'HOLIDAY_REGION_UNKNOWN', { holidayRegions: [{ country: 'XX' }] }],
  ])('calendar with %s: %s', async (_, reason, extra) => {
    expect(await refusal(create(service.client(tenant()), extra))).toBe(reason);
  });

  test.each([
    ['no target', 'TARGET_MISSING', { targets: [] }],
    [
      'two of a kind',
      'TARGET_TWICE',
      { targets: [1, 2].map((n) => ({ metric: Metric.FIRST_REPLY, targetSeconds: n })) },
    ],
    [
      'team and customer',
      'TARGETS_MIXED',
      { targets: [Metric.FIRST_REPLY, Metric.TEAM_TIME].map((metric) => ({ metric, targetSeconds: 1 })) },
    ],
    ['an unknown calendar', 'CALENDAR_NOT_FOUND', { calendarIds: ['nowhere'] }],
    ['no seconds', 'INVALID_ARGUMENT', { targets: [{ metric: Metric.FIRST_REPLY, targetSeconds: 0 }] }],
  ])('policy with %s: %s', async (_, reason, extra) => {
    expect(await refusal(policy(service.client(tenant()), extra))).toBe(reason);
  });
});

test('an event that cannot be read goes to the dead letters, others go on', async () => {
  const id = tenant();
  await policy(service.client(id));
  await service.publish(id, 'bad', 'ConversationOpened', Buffer.from([0xff, 0xff, 0xff]));
  await service.conversation(id, 'good').opened();
  await clockOf(service.client(id), 'good', Metric.TIME_TO_SOLVE);
  const reasons: string[] = [];
  await eventually('the dead letter', async () => {
    reasons.length = 0;
    await service.bus.readTopic('sla.dlq.v1', ({ headers }) => reasons.push(String(headers['dlq-reason'])));
    return reasons.includes('MALFORMED_DATA');
  });
}, 30_000);
