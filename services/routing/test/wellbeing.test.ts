import { finishedDay } from '../src/domain/agent-day';
import { attend, hardLately, nextLook, restOf } from '../src/domain/attend';
import { checkWellbeing } from '../src/domain/check-setup';
import type { Decision } from '../src/domain/decision';
import { explainDecision, recordDecision, replayDecision, waitOf } from '../src/domain/decision';
import type { Candidate } from '../src/domain/demand';
import { judgeAgents, surveyAgents } from '../src/domain/judge';
import { AWAY, countUntil, newLedger, occupancyAt } from '../src/domain/occupancy';
import { demandAt, nextChange, plainRule } from '../src/domain/plan';
import type { AgentEvent, AgentState, PresenceState } from '../src/domain/presence';
import { evolveAgent, newAgentState } from '../src/domain/presence';
import type { Wellbeing } from '../src/domain/wellbeing';
import { hardReasons, usualWellbeing } from '../src/domain/wellbeing';
import type { WorkItem } from '../src/domain/work-item';
import { evolve } from '../src/domain/work-item';
import { packDecisions, unpackDecisions } from '../src/outbound/decision-text';

const MINUTE = 60_000;
const T = Date.UTC(2026, 2, 2, 9);
const hard = { when: [], escalated: true, passedOn: 1, longerThanSeconds: 1800, windowMinutes: 60 };
const rules = (over: Partial<Wellbeing> = {}): Wellbeing => ({ ...usualWellbeing, hard, ...over });

const live = (state: AgentState, events: AgentEvent[], wellbeing: Wellbeing = usualWellbeing): AgentState =>
  events.reduce((before, event) => attend(before, evolveAgent(before, event, wellbeing), event, wellbeing, 100), state);
const went = (at: number, to: PresenceState, reason = ''): AgentEvent => ({
  type: 'presence_changed',
  at: T + at * 1000,
  to,
  reason,
  setBy: 'test',
});
const available = (at = 0): AgentState => live(newAgentState('t', 'ann', T - 3_600_000), [went(at, 'AVAILABLE')]);
const took = (at: number, id = 'w', units = 100): AgentEvent[] => [
  {
    type: 'taken',
    at: T + at * 1000,
    load: {
      workItemId: id,
      conversationId: '',
      channel: 'voice',
      subject: '',
      units,
      state: 'OFFERED',
      offerId: `${id}~1`,
      offerExpiresAt: 0,
      since: T,
    },
  },
  { type: 'moved_on', at: T + at * 1000, workItemId: id, state: 'ASSIGNED' },
];
const done = (at: number, handledSeconds: number, reasons: string[] = [], id = 'w'): AgentEvent => ({
  type: 'released',
  at: T + at * 1000,
  workItemId: id,
  handledMs: handledSeconds * 1000,
  why: 'completed',
  answered: true,
  hard: reasons,
});

describe('the place in line', () => {
  const noAnswer = went(100, 'NOT_READY', 'no_answer');
  it.each<[string, AgentEvent[], number]>([
    ['a break of 59 s moves nobody', [went(100, 'NOT_READY', 'break'), went(159, 'AVAILABLE')], 0],
    ['one of 60 s goes to the end', [went(100, 'NOT_READY', 'break'), went(160, 'AVAILABLE')], 160],
    [
      'short breaks add up: the second of 31 s goes to the end',
      [
        went(100, 'NOT_READY', 'break'),
        went(130, 'AVAILABLE'),
        went(140, 'NOT_READY', 'break'),
        went(171, 'AVAILABLE'),
      ],
      171,
    ],
    [
      'another reason does not make a long break a short one',
      [went(100, 'NOT_READY', 'break'), went(700, 'NOT_READY', 'meeting'), went(705, 'AVAILABLE')],
      705,
    ],
    [
      'nor one that begins offline',
      [went(100, 'OFFLINE'), went(101, 'NOT_READY', 'break'), went(102, 'AVAILABLE')],
      102,
    ],
    ['nor an offer that nobody answered', [noAnswer, went(101, 'AVAILABLE')], 101],
    [
      'under whatever name',
      [noAnswer, went(101, 'NOT_READY', 'break'), went(102, 'NOT_READY', 'meeting'), went(103, 'AVAILABLE')],
      103,
    ],
    ['a contact over in 9 s moves nobody', [...took(100), done(109, 9)], 0],
    ['one of 10 s does', [...took(100), done(110, 10)], 110],
    [
      'and afterwards short breaks count anew',
      [
        went(10, 'NOT_READY', 'x'),
        went(50, 'AVAILABLE'),
        ...took(60),
        done(90, 30),
        went(100, 'NOT_READY', 'x'),
        went(140, 'AVAILABLE'),
      ],
      90,
    ],
  ])('%s', (_what, events, place) => {
    expect((live(available(), events).idleSince - T) / 1000).toBe(place);
  });

  it('has limits that a tenant sets', () => {
    const events = [went(100, 'NOT_READY', 'break'), went(120, 'AVAILABLE'), ...took(200), done(215, 15)];
    const strict = rules({ shortBreakSeconds: 10, shortContactSeconds: 20 });
    expect((live(available(), events, strict).idleSince - T) / 1000).toBe(120);
  });
});

describe('rolling occupancy', () => {
  // 30 minutes, 27 of them worked: 90 %. After 1.5 minutes of rest 25.5 of 30 are left: 85 %.
  const busy = newLedger(T, 30 * MINUTE, 1);
  const idle = { ...countUntil(busy, T + 27 * MINUTE), share: 0 };

  it.each([
    ['27 of 30 minutes', idle, 30, 0.9],
    ['the oldest minutes leave the window', idle, 32, 25 / 30],
    ['an hour later nothing of it is left', idle, 90, 0],
    ['half a capacity counts half', newLedger(T, 30 * MINUTE, 0.5), 30, 0.5],
    ['nothing is said of time away', newLedger(T, 30 * MINUTE, AWAY), 30, undefined],
    ['nor of less than a third of the window', busy, 9.9, undefined],
    ['a third is enough', busy, 10, 1],
  ])('%s', (_what, ledger, minutes, expected) => {
    const found = occupancyAt(ledger, T + minutes * MINUTE);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 6);
  });

  it('over the ceiling nothing is offered, and it is looked again until they are below it', () => {
    const ceiling = { percent: 85, windowMinutes: 30, givesWayAfterSeconds: 0 };
    const wellbeing = rules({ ceiling });
    const worked = live(available(), [...took(0), done(27 * 60, 1620)], wellbeing);
    const at = T + 30 * MINUTE;
    expect(restOf(worked, wellbeing, at)).toEqual({
      why: 'OCCUPANCY_CEILING',
      detail: 'worked 90 % of the last 30 min, ceiling 85 %',
    });
    expect(nextLook(worked, wellbeing, at)).toBe(at + 10_000);
    expect(restOf(worked, wellbeing, T + 32 * MINUTE)).toBeUndefined();
    expect(restOf(worked, rules(), at)).toBeUndefined();
  });
});

describe('hard contacts', () => {
  const coolDown = { afterContacts: 2, seconds: 300 };

  it('after two in a row there is a rest, and a place in line is not lost by it', () => {
    const wellbeing = rules({ coolDown });
    const once = live(available(), [...took(0), done(100, 100, ['escalated'])], wellbeing);
    expect(restOf(once, wellbeing, T + 101_000)).toBeUndefined();
    const twice = live(once, [...took(110), done(200, 90, ['long'])], wellbeing);
    const until = new Date(T + 500_000).toISOString();
    expect(restOf(twice, wellbeing, T + 499_000)).toEqual({
      why: 'COOL_DOWN',
      detail: `cool-down until ${until}, after 2 hard contacts in a row`,
    });
    expect(nextLook(twice, wellbeing, T + 201_000)).toBe(T + 500_000);
    expect(restOf(twice, wellbeing, T + 500_000)).toBeUndefined();
    expect(twice.idleSince).toBe(T + 200_000);
    const declined = live(twice, [{ type: 'rested', at: T + 210_000 }], wellbeing);
    expect(restOf(declined, wellbeing, T + 211_000)).toBeUndefined();
  });

  it('another contact in between begins the count anew, and old ones are forgotten', () => {
    const wellbeing = rules({ coolDown });
    const state = live(
      available(),
      [...took(0), done(50, 50, ['x']), ...took(60), done(90, 30), ...took(100), done(200, 100, ['x'])],
      wellbeing,
    );
    expect(state.restUntil).toBeUndefined();
    expect(hardLately(state, wellbeing, T + 200_000)).toBe(2);
    expect(hardLately(state, wellbeing, T + 50_000 + 60 * MINUTE)).toBe(1);
    expect(nextLook(state, wellbeing, T + 200_000)).toBe(T + 50_000 + 60 * MINUTE);
  });

  const about = {
    channel: 'chat',
    priority: 'NORMAL' as const,
    language: 'en',
    topic: '',
    attributes: {},
    transferCount: 0,
  };
  const complaint = { channels: [], priorities: [], languages: [], topics: ['complaint'], attributes: {} };
  it.each([
    ['nothing of the kind', about, 0, []],
    ['its kind', { ...about, topic: 'complaint' }, 0, ['its kind']],
    ['escalated', { ...about, escalated: 3 }, 0, ['escalated']],
    ['passed on', { ...about, transferCount: 1 }, 0, ['passed on']],
    ['long', about, 1_800_001, ['long']],
    ['said so', { ...about, hardSigns: ['said by the agent'] }, 0, ['said by the agent']],
  ])('%s', (_what, item, handledMs, expected) => {
    expect(hardReasons(item, rules({ hard: { ...hard, when: [complaint] } }), handledMs)).toEqual(expected);
    expect(hardReasons(item, usualWellbeing, handledMs)).toEqual([]);
  });

  it('go to who had the fewest of them, then to the longest idle', () => {
    const one = (agentId: string, hardContacts: number, idleSince: number): Candidate => ({
      agentId,
      queueIds: ['q'],
      skills: {},
      open: ['chat'],
      idleSince,
      occupancy: 0,
      presence: 'AVAILABLE',
      reason: '',
      ...(hardContacts > 0 ? { hardLately: hardContacts } : {}),
    });
    const wait = { queuedAt: T, preferredAgentId: '', excludedAgentIds: [], hard: ['escalated'] };
    const demand = demandAt(plainRule('q'), { ageingPointsPerMinute: 1 }, 'chat', wait, T);
    const all = [one('a', 2, 1), one('b', 0, 5), one('c', 0, 4), one('d', 1, 0)];
    expect(judgeAgents(demand, all).judged.map(({ agent }) => agent.agentId)).toEqual(['c', 'b', 'd', 'a']);
  });
});

describe('the decision', () => {
  const item: WorkItem = evolve(undefined, {
    type: 'queued',
    at: T,
    fixedQueueId: '',
    preferredAgentId: '',
    placement: { queueId: 'q', policyId: '', policyVersion: 0, ruleName: 'queue q', passedRules: [] },
    origin: {
      id: 'w',
      tenantId: 't',
      conversationId: 'c',
      contactPoint: '',
      channel: 'voice',
      priority: 'NORMAL',
      subject: '',
      language: '',
      topic: 'complaint',
      attributes: {},
      arrivedAt: T,
    },
  });
  const one = (agentId: string, over: Partial<Candidate> = {}): Candidate => ({
    agentId,
    queueIds: ['q'],
    skills: {},
    open: ['voice', 'voice!'],
    idleSince: 0,
    occupancy: 0,
    presence: 'AVAILABLE',
    reason: '',
    ...over,
  });
  const cooling = one('ann', {
    open: [],
    rest: { why: 'COOL_DOWN', detail: 'cool-down until noon, after a hard contact' },
  });
  const over = one('ben', { open: ['voice!'], rest: { why: 'OCCUPANCY_CEILING', detail: 'worked 91 %' } });
  const ceiling = { percent: 85, windowMinutes: 30, givesWayAfterSeconds: 120 };
  const complaint = { channels: [], priorities: [], languages: [], topics: ['complaint'], attributes: {} };
  const wellbeing = rules({ ceiling, hard: { ...hard, when: [complaint] } });
  const decide = (now: number, agents: Candidate[], agentId: string) => {
    const wait = waitOf(item, now, undefined, wellbeing);
    const demand = demandAt(plainRule('q'), { ageingPointsPerMinute: 1 }, 'voice', wait, now);
    return recordDecision({
      id: 'w~1',
      item,
      rule: plainRule('q'),
      policy: undefined,
      pointsPerMinute: 1,
      wait,
      demand,
      survey: surveyAgents(demand, agents, { mostAble: 10, most: 20 }),
      agent: agents.find((each) => each.agentId === agentId)!,
      ahead: [],
      now,
    });
  };
  const stored = (decision: Decision): Decision => unpackDecisions('t', packDecisions([decision]))[0]!;

  it('names who rests and until when, and is decided again the same', () => {
    const decision = decide(
      T + 1_000,
      [one('cat', { hardLately: 1 }), cooling, over, one('dan', { hardLately: 2 })],
      'cat',
    );
    const told = explainDecision(stored(decision));
    expect(told).toContain('It counted as hard: its kind.');
    expect(told).toContain('the one with the fewest hard contacts lately (1)');
    expect(told).toContain('Skipped: 1 cool down, 1 occupancy ceiling, 1 others come first.');
    expect(told).toContain('Resting: ann (cool-down until noon, after a hard contact); ben (worked 91 %).');
    expect(replayDecision(stored(decision), undefined)).toMatchObject({ same: true, agentId: 'cat', differences: [] });
    expect(replayDecision({ ...stored(decision), agentId: 'dan' }, undefined).same).toBe(false);
  });

  it('says that the ceiling gave way; a cool-down never does', () => {
    expect(nextChange(plainRule('q'), waitOf(item, T, undefined, wellbeing), T)).toBe(T + 120_000);
    const decision = decide(T + 120_000, [cooling, over], 'ben');
    expect(explainDecision(decision)).toContain('It had waited so long that the occupancy ceiling gave way.');
    expect(decision.candidates.map(({ agent, skip }) => [agent.agentId, skip?.reason])).toEqual([
      ['ben', undefined],
      ['ann', 'COOL_DOWN'],
    ]);
    expect(replayDecision(stored(decision), undefined)).toMatchObject({ same: true, agentId: 'ben' });
  });
});

describe('a day of counts', () => {
  it('counts what happened, and the time of an open stretch on both sides of midnight', () => {
    const midnight = Date.UTC(2026, 2, 3);
    const before = live(available(), [
      ...took(0),
      {
        type: 'moved_on',
        at: T + 5_000,
        workItemId: 'w',
        state: 'WRAP_UP',
        ended: { handledMs: 5_000, byAgent: true },
      },
      done(20, 5),
      ...took(30, 'v'),
      {
        type: 'released',
        at: T + 40_000,
        workItemId: 'v',
        handledMs: 10_000,
        why: 'transferred',
        answered: true,
        hard: ['x'],
      },
      went(50, 'NOT_READY', 'break'),
      went(80, 'AVAILABLE'),
    ]);
    expect(before.day).toMatchObject({
      offers: 2,
      answered: 2,
      ended: 1,
      short: 1,
      shortByAgent: 1,
      quickTransfers: 1,
      breaks: 1,
      shortBreaks: 1,
      hard: 1,
      workedMs: 30_000,
      attendedMs: 50_000,
    });
    const after = live(before, [{ ...went(0, 'OFFLINE'), at: midnight + 60_000 } as AgentEvent]);
    expect(finishedDay(before, after)).toMatchObject({
      day: Math.floor(T / 86_400_000),
      attendedMs: 50_000 + midnight - T - 80_000,
    });
    expect(after.day).toMatchObject({ day: midnight / 86_400_000, offers: 0, attendedMs: 60_000 });
  });
});

describe('rules of wellbeing', () => {
  const empty = { channels: [], priorities: [], languages: [], topics: [], attributes: {} };
  it.each<[string, Partial<Wellbeing>, string]>([
    ['a condition that holds always', { hard: { ...hard, when: [empty] } }, 'wellbeing_policy.hard_contacts.when[0]'],
    [
      'a cool-down after nothing',
      { hard: undefined, coolDown: { afterContacts: 1, seconds: 60 } },
      'wellbeing_policy.hard_contacts',
    ],
    [
      'a window too short to say anything',
      { ceiling: { percent: 85, windowMinutes: 5, givesWayAfterSeconds: 0 } },
      'wellbeing_policy.occupancy_ceiling.window_minutes',
    ],
  ])('refuse %s', (_what, over, field) => {
    expect(checkWellbeing(rules(over)).map((one) => one.field)).toEqual([field]);
  });
  it('take the usual', () =>
    expect(checkWellbeing(rules({ coolDown: { afterContacts: 1, seconds: 60 } }))).toEqual([]));
});
