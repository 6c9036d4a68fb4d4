import { feedbackV1, routingV1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { available, setUp, startRouting, submit } from './support/running';

const { WorkState } = routingV1;

const policy = (over: Partial<routingV1.WellbeingPolicy>) => ({
  wellbeingPolicy: routingV1.WellbeingPolicy.fromPartial(over as never),
  requestId: '',
});
const complaints = { when: [routingV1.RuleCondition.fromPartial({ topics: ['complaint'] })] };

const offered = (client: Client, workItemId: string) =>
  eventually(`the offer of ${workItemId}`, async () => {
    const { workItem } = await client.getWorkItem({ workItemId });
    return workItem!.state === WorkState.OFFERED && workItem;
  });
const serve = async (client: Client, workItemId: string, hard?: boolean) => {
  const item = await offered(client, workItemId);
  await client.acceptOffer({ offerId: item.offerId, requestId: '' });
  await client.completeWorkItem({ workItemId, reason: 'DONE', skipWrapUp: true, requestId: '', hard });
  return item;
};
const decisionOf = async (client: Client, workItemId: string) => {
  const { decisionId } = await offered(client, workItemId);
  return eventually('the decision', async () => (await client.getDecision({ decisionId })).decision);
};

describe('conduct and wellbeing', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('wellbeing', 2, { ROUTING_LEASE_MS: '10000' });
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  it('are settings that are checked, versioned and read back', async () => {
    const client = running.client('settings');
    expect((await client.getWellbeingPolicy({})).wellbeingPolicy).toMatchObject({
      shortBreakSeconds: 60,
      shortContactSeconds: 10,
      hardContacts: undefined,
      version: 0n,
    });
    const set = policy({ coolDown: { afterContacts: 0, seconds: 60 }, hardContacts: complaints as never });
    const { wellbeingPolicy } = await client.setWellbeingPolicy(set);
    expect(wellbeingPolicy).toMatchObject({
      coolDown: { afterContacts: 1, seconds: 60 },
      hardContacts: { windowMinutes: 60, when: [{ topics: ['complaint'] }] },
      version: 1n,
    });
    // Whichever process is asked.
    const other = running.client('settings', running.apps[1]);
    await eventually('the same', async () => (await other.getWellbeingPolicy({})).wellbeingPolicy!.version === 1n);
    await expect(client.setWellbeingPolicy(policy({ version: 7n }))).rejects.toMatchObject({
      reason: 'CHANGED_MEANWHILE',
    });
    await expect(
      client.setWellbeingPolicy(policy({ coolDown: { afterContacts: 1, seconds: 60 } })),
    ).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      violations: [{ field: 'wellbeing_policy.hard_contacts', rule: 'required' }],
    });
    const low = { percent: 30, windowMinutes: 30, givesWayAfterSeconds: 0 };
    await expect(client.setWellbeingPolicy(policy({ occupancyCeiling: low }))).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  }, 30_000);

  it('a cool-down keeps contacts away, is explained and replayed, may be declined, and survives a take-over', async () => {
    const client = running.client('rest');
    await setUp(client, [{ id: 'ann' }, { id: 'ben' }]);
    await client.setWellbeingPolicy(
      policy({ coolDown: { afterContacts: 1, seconds: 600 }, hardContacts: complaints as never }),
    );
    await available(client, 'ann');
    await submit(client, { workItemId: 'angry', topic: 'complaint' });
    expect((await serve(client, 'angry')).agentId).toBe('ann');
    const { state } = await client.getAgentState({ agentId: 'ann' });
    expect(state).toMatchObject({ openChannels: [], hardContactsLately: 1 });
    expect(state!.coolDownUntil!.getTime()).toBeGreaterThan(Date.now() + 500_000);
    expect(state!.restReason).toContain('cool-down until');

    // The other is offered what comes, though ann waits longer; and the decision says so.
    await available(client, 'ben');
    await submit(client, { workItemId: 'w1' });
    const decision = await decisionOf(client, 'w1');
    expect(decision!.agentId).toBe('ben');
    expect(decision!.skipped).toMatchObject({ COOL_DOWN: 1 });
    expect(decision!.explanation).toContain(`Resting: ann (cool-down until ${state!.coolDownUntil!.toISOString()}`);
    expect((await client.replayDecision({ decisionId: decision!.id, requestId: '' })).same).toBe(true);

    // Whoever takes over knows it as well.
    for (const app of running.apps.splice(0)) await app.stop();
    await running.startOne();
    const after = running.client('rest');
    const again = await eventually('the agent', () => after.getAgentState({ agentId: 'ann' }));
    expect(again.state!.coolDownUntil).toEqual(state!.coolDownUntil);
    await serve(after, 'w1');
    await after.setPresence({
      agentId: 'ben',
      presence: routingV1.Presence.OFFLINE,
      reason: '',
      requestId: '',
    });
    await submit(after, { workItemId: 'w2' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await after.getWorkItem({ workItemId: 'w2' })).workItem!.state).toBe(WorkState.QUEUED);

    // Nobody has to rest, and the place in line was kept.
    const ended = await after.endCoolDown({ agentId: 'ann', requestId: 'e' });
    expect(ended.state).toMatchObject({ coolDownUntil: undefined, restReason: '' });
    expect(ended.state!.idleSince).toEqual(state!.idleSince);
    expect((await offered(after, 'w2')).agentId).toBe('ann');
  }, 60_000);

  it('a rest ends by itself, and what waited is offered then', async () => {
    const client = running.client('short');
    await setUp(client, [{ id: 'ann' }]);
    await client.setWellbeingPolicy(policy({ coolDown: { afterContacts: 1, seconds: 10 }, hardContacts: {} as never }));
    await available(client, 'ann');
    await submit(client, { workItemId: 'marked' });
    await serve(client, 'marked', true);
    const { state } = await client.getAgentState({ agentId: 'ann' });
    await submit(client, { workItemId: 'next' });
    const item = await eventually(
      'the offer',
      async () => {
        const { workItem } = await client.getWorkItem({ workItemId: 'next' });
        return workItem!.state === WorkState.OFFERED && workItem;
      },
      15_000,
    );
    const decision = await eventually(
      'the decision',
      async () => (await client.getDecision({ decisionId: item.decisionId })).decision,
    );
    const late = decision!.decidedAt!.getTime() - state!.coolDownUntil!.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
  }, 30_000);

  it('hard contacts go round, whoever waits longest', async () => {
    const client = running.client('spread');
    await setUp(client, [{ id: 'ann' }, { id: 'ben' }, { id: 'cat' }]);
    await client.setWellbeingPolicy(policy({ hardContacts: complaints as never }));
    const agents: string[] = [];
    for (const id of ['ann', 'ben', 'cat']) await available(client, id);
    // All are over within the short contact, so places in line do not move: without spreading ann would get all of them.
    for (let i = 0; i < 6; i++) {
      await submit(client, { workItemId: `h${i}`, topic: 'complaint' });
      agents.push((await serve(client, `h${i}`)).agentId);
    }
    expect(agents).toEqual(['ann', 'ben', 'cat', 'ann', 'ben', 'cat']);
    await submit(client, { workItemId: 'easy' });
    expect((await serve(client, 'easy')).agentId).toBe('ann');
  }, 30_000);

  it('what customers say of a contact makes it hard, also when it is over, and once', async () => {
    const client = running.client('said');
    await setUp(client, [{ id: 'ann' }]);
    await client.setWellbeingPolicy(policy({ hardContacts: { feedback: true } as never }));
    await available(client, 'ann');
    await submit(client, { workItemId: 'w', conversationId: 'c' });
    await serve(client, 'w');
    const lately = async () => (await client.getAgentState({ agentId: 'ann' })).state!.hardContactsLately;
    expect(await lately()).toBe(0);
    const low = feedbackV1.SurveyAnswered.encode(feedbackV1.SurveyAnswered.fromPartial({ low: true })).finish();
    await running.feedback('said', 'c', 'SurveyAnswered', low);
    await eventually('it is noted', async () => (await lately()) === 1);
    const complaint = feedbackV1.RecoveryCaseOpened.fromPartial({ case: { kind: feedbackV1.CaseKind.COMPLAINT } });
    const opened = feedbackV1.RecoveryCaseOpened.encode(complaint).finish();
    await running.feedback('said', 'c', 'RecoveryCaseOpened', opened);
    // Work that waits while its customer complains.
    await client.setPresence({ agentId: 'ann', presence: routingV1.Presence.OFFLINE, reason: '', requestId: '' });
    await submit(client, { workItemId: 'v', conversationId: 'd' });
    await running.feedback('said', 'd', 'RecoveryCaseOpened', opened);
    const stored = () => running.db.collection('work_items').findOne({ _id: 'said/v' as never });
    await eventually('it is marked', async () => (await stored())?.['state'].hardSigns?.includes('complaint'));
    await available(client, 'ann');
    expect((await decisionOf(client, 'v'))!.hardReasons).toEqual(['complaint']);
    expect(await lately()).toBe(1);
  }, 30_000);

  it('indications come with n, base rate and caution, by id and in no other order', async () => {
    const client = running.client('conduct');
    await setUp(client, [{ id: 'ann' }, { id: 'ben' }, { id: 'zoe', queueIds: ['reserve'] }]);
    await available(client, 'ann');
    await submit(client, { workItemId: 'w' });
    const { offerId } = await offered(client, 'w');
    await client.declineOffer({ offerId, reason: 'not mine', requestId: '' });
    // Yesterday, as it was saved when the day was over.
    const day = Math.floor(Date.now() / 86_400_000) - 1;
    const saved = (agentId: string, counts: Record<string, number>) => ({
      _id: `conduct/${agentId}/${day}` as never,
      tenantId: 'conduct',
      state: { agentId, day, ...counts },
    });
    await running.db
      .collection('agent_days')
      .insertMany([
        saved('ann', { offers: 249, unanswered: 20, declined: 3 }),
        saved('ben', { offers: 5_000, unanswered: 100, declined: 150 }),
        saved('zoe', { offers: 9_000, unanswered: 9_000 }),
      ]);
    const found = await eventually('the counts of today', async () => {
      const { agent, context } = await client.getConductIndications({ agentId: 'ann', days: 0 });
      return agent!.indications.find(({ pattern }) => pattern === 'declined')!.count === 4n && { agent, context };
    });
    const byPattern = new Map(found.agent!.indications.map((one) => [one.pattern, one]));
    const { NOTABLE, USUAL, TOO_FEW } = routingV1.IndicationFinding;
    expect(byPattern.get('no_answer')).toMatchObject({
      finding: NOTABLE,
      count: 20n,
      n: 250n,
      peerN: 5_000n,
      baseRate: 0.02,
    });
    expect(byPattern.get('declined')).toMatchObject({ finding: USUAL, n: 250n });
    expect(byPattern.get('short_break')).toMatchObject({ finding: TOO_FEW, n: 0n, share: undefined });
    expect(found.agent).toMatchObject({ peers: 1, strain: { finding: TOO_FEW } });
    expect(found.context).toMatchObject({ leastN: 200n, notableZ: 3, agentsCompared: 2 });
    expect(found.context!.caution).toContain('no verdict');
    const list = { queueId: 'support', days: 7, pageSize: 0, pageToken: '', orderBy: '' };
    const { agents } = await client.listConductIndications(list);
    expect(agents.map(({ agentId, indications }) => [agentId, indications.map(({ pattern }) => pattern)])).toEqual([
      ['ann', ['no_answer']],
    ]);
    await expect(client.listConductIndications({ ...list, orderBy: 'z desc' })).rejects.toMatchObject({
      reason: 'METRIC_NOT_FOR_RANKING',
    });
    await expect(client.getConductIndications({ agentId: 'nobody', days: 0 })).rejects.toMatchObject({
      reason: 'AGENT_NOT_FOUND',
    });
  }, 30_000);
});

describe('forecasts', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('forecasts', 1, { ROUTING_LEASE_MS: '10000' });
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  const ask = (over: Partial<routingV1.GetForecastRequest>) =>
    routingV1.GetForecastRequest.fromPartial({ queueId: 'support', handleSeconds: 180, ...over } as never);

  it('come from what came, with their accuracy, the agents they ask for and a campaign on top', async () => {
    const client = running.client('past');
    await setUp(client, []);
    await expect(client.getForecast(ask({}))).rejects.toMatchObject({ reason: 'HISTORY_TOO_SHORT' });
    const today = Math.floor(Date.now() / 86_400_000);
    // Four contacts at nine and two at half past, on every day of five weeks.
    const past = Array.from({ length: 35 }, (_none, i) => today - 35 + i).flatMap((day) =>
      [540, 545, 550, 555, 570, 585].map((minute) => new Date(day * 86_400_000 + minute * 60_000)),
    );
    await Promise.all(past.map((arrivedAt, i) => submit(client, { workItemId: `w${i}`, arrivedAt })));
    const found = await eventually('all of them', async () => {
      const forecast = await client.getForecast(ask({ days: 2, plannedAgents: 1 }));
      return forecast.accuracy!.contacts === 14n * 6n && forecast;
    });
    expect(found).toMatchObject({ model: 'erlang_c', historyDays: 35, level: 1, dispersion: 0, handleSeconds: 180 });
    expect(found.accuracy).toMatchObject({ days: 14, intervals: 672n, wape: 0, naiveWape: 0, bias: 0, aheadDays: 2 });
    expect(found.intervals).toHaveLength(96);
    expect(found.intervals[0]!.from).toEqual(new Date((today + 1) * 86_400_000));
    const nine = found.intervals.find(({ from }) => from!.getTime() === ((today + 2) * 24 + 9) * 3_600_000)!;
    const { agents } = await client.computeStaffing({
      contacts: 4,
      intervalSeconds: 1_800,
      handleSeconds: 180,
      thresholdSeconds: 20,
      serviceLevel: 0.8,
      maxOccupancy: 0.85,
      shrinkage: 0,
      patienceSeconds: 0,
      agents: 0,
    });
    expect(nine).toMatchObject({ contacts: 4, low: 2, high: 7, agents, shortBy: agents - 1 });
    expect(found.readiness).toMatchObject({ ready: false, mostShortBy: agents - 1 });
    // In Shanghai nine in the morning UTC is five in the afternoon.
    const there = await client.getForecast(ask({ timeZone: 'Asia/Shanghai', intervalMinutes: 60 }));
    expect(
      there.intervals.map(({ contacts }, hour) => [hour, Math.round(contacts)]).filter(([, contacts]) => contacts! > 0),
    ).toEqual([[17, 6]]);
    const campaign = {
      campaignContacts: 90,
      campaignFrom: nine.from,
      campaignTo: new Date(nine.to!.getTime() + 3_600_000),
    };
    const more = await client.getForecast(ask({ ...campaign, days: 2, plannedAgents: 1 }));
    expect(more.intervals.find(({ from }) => +from! === +nine.from!)).toMatchObject({
      contacts: 34,
      campaignContacts: 30,
    });
    const closed = new Date((today + 1) * 86_400_000).toISOString().slice(0, 10);
    await expect(client.getForecast(ask({ closedDates: [closed] }))).resolves.toMatchObject({ historyDays: 35 });
    const accuracy = {
      queueId: 'support',
      days: 7,
      aheadDays: 7,
      timeZone: '',
      intervalMinutes: 0,
      closedDates: [],
      groupBy: '',
    };
    expect((await client.getForecastAccuracy(accuracy)).accuracy).toMatchObject({
      days: 7,
      aheadDays: 7,
      coveredShare: 1,
    });
    await expect(client.getForecastAccuracy({ ...accuracy, groupBy: 'agent' })).rejects.toMatchObject({
      reason: 'METRIC_NOT_FOR_RANKING',
    });
    await expect(client.getForecast(ask({ groupBy: 'agent' }))).rejects.toMatchObject({
      reason: 'METRIC_NOT_FOR_RANKING',
    });
    await expect(client.getForecast(ask({ timeZone: 'Mars/Base' }))).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
    await expect(client.getForecast(ask({ fromDate: '2026-02-30' }))).rejects.toMatchObject({
      violations: [{ field: 'from_date', rule: 'date' }],
    });
  }, 60_000);
});
