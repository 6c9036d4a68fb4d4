import { Refusal } from '@throughline/core';
import { plainRule } from '../src/domain/plan';
import { reportOf } from '../src/domain/report';
import type { World } from '../src/use-cases/batch';
import { createBatch, tenantOf } from '../src/use-cases/batch';
import type { Command } from '../src/use-cases/commands';
import { run } from '../src/use-cases/commands';
import { createDue } from '../src/use-cases/due';
import { check, matchAll } from '../src/use-cases/route';

const S = 1_000;
const START = 1_000_000_000_000;
const goal = { targetPercent: 80, thresholdSeconds: 20, shortAbandonSeconds: 5 };

/** A shard's memory: commands and time passing at any moment, offers made after each. Gives the reason of a refusal. */
const createStage = () => {
  const world: World = { tenants: new Map(), due: createDue() };
  const tenant = tenantOf(world, 't');
  const types: string[] = [];
  const say = (seconds: number, command: object): string => {
    const batch = createBatch(world, new Map());
    const now = START + seconds * S;
    let outcome = '';
    try {
      run(batch, tenant, { tenantId: 't', requestId: '', fingerprint: '', ...command } as Command, now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const field = (error.violations[0] as { field?: string } | undefined)?.field;
      outcome = field ? `${error.reason} ${field}` : error.reason;
      // Nothing half done: a refusal leaves nothing to be written.
      expect([batch.docs.size, batch.facts.length]).toEqual([0, 0]);
    }
    matchAll(batch, tenant, now, 100);
    types.push(...batch.facts.map(({ event }) => event.type));
    return outcome;
  };
  const agent = { id: 'ann', name: '', teamId: '', queueIds: ['q'], skills: [], channelCosts: {}, interruptions: [] };
  for (const id of ['q', 'r', 's'])
    say(0, { do: 'create', kind: 'queues', resource: { id, name: '', serviceLevel: goal, version: 0 } });
  say(0, { do: 'create', kind: 'agents', resource: { ...agent, capacityUnits: 60 } });
  say(0, { do: 'set_presence', agentId: 'ann', to: 'AVAILABLE', reason: '', setBy: 'ann' });
  return {
    tenant,
    agent,
    say,
    submit: (seconds: number, id: string) => {
      const about = { contactPoint: '', channel: 'chat', subject: '', language: '', topic: '', attributes: {} };
      const origin = { ...about, id, conversationId: id, priority: 'NORMAL', arrivedAt: START + seconds * S };
      return say(seconds, { do: 'submit', origin, policyId: '', queueId: 'q', preferredAgentId: '' });
    },
    /** What is due by then happens. */
    pass(seconds: number): void {
      const batch = createBatch(world, new Map());
      const now = START + seconds * S;
      for (const key of world.due.take(now, 100)) check(batch, tenant, key.slice(2), now);
      matchAll(batch, tenant, now, 100);
      types.push(...batch.facts.map(({ event }) => event.type));
    },
    take: () => types.splice(0),
    item: (id: string) => tenant.work.get(id)!.state,
    hands: () => tenant.agentStates.get('ann')!.state.load.map(({ workItemId, state }) => `${workItemId} ${state}`),
  };
};

describe('bad set-up is refused by name and changes nothing', () => {
  const rule = (name: string, queueId: string, over: object = {}) => ({ ...plainRule(queueId), name, ...over });
  const policy = (rules: object[]) => ({
    do: 'create',
    kind: 'policies',
    resource: { id: 'p', priorityPoints: {}, ageingPointsPerMinute: 1, rules, version: 0 },
  });
  const overflow = (queueId: string) => ({ overflow: { afterSeconds: 5, queueId } });

  it.each([
    [
      'a skill that nobody knows, of an agent',
      {
        do: 'create',
        kind: 'agents',
        resource: {
          id: 'bob',
          queueIds: ['q'],
          skills: [{ skillId: 'klingon', proficiency: 3 }],
          capacityUnits: 100,
          channelCosts: {},
        },
      },
      'agent.skills[0].skill_id',
    ],
    [
      'a skill that nobody knows, of a rule',
      policy([rule('a', 'q', { skills: [{ skillId: 'klingon', minProficiency: 1 }] })]),
      'routing_policy.rules[0].skills[0].skill_id',
    ],
    ['an overflow to itself', policy([rule('a', 'q', overflow('q'))]), 'routing_policy.rules[0].overflow.queue_id'],
    [
      'an overflow that comes back by way of others',
      policy([rule('a', 'q', overflow('r')), rule('b', 'r', overflow('s')), rule('c', 's', overflow('q'))]),
      'routing_policy.rules[0].overflow.queue_id',
    ],
  ])('%s', (_what, command, field) => {
    const stage = createStage();
    expect(stage.say(1, command)).toBe(`INVALID_ARGUMENT ${field}`);
    expect([...stage.tenant.held.agents.keys(), ...stage.tenant.held.policies.keys()]).toEqual(['ann']);
  });

  it('less capacity than is in hand', () => {
    const stage = createStage();
    for (const id of ['a', 'b', 'c']) stage.submit(1, id);
    expect(stage.hands()).toEqual(['a OFFERED', 'b OFFERED']);
    const update = { do: 'update', kind: 'agents', id: 'ann', fields: { capacityUnits: 50 }, version: 0 };
    expect(stage.say(2, update)).toBe('AGENT_OVER_CAPACITY');
    expect(stage.tenant.held.agents.get('ann')!.state.capacityUnits).toBe(60);
    expect(stage.item('c').state).toBe('QUEUED');
  });
});

describe('answers that come too late, or twice', () => {
  it('an offer is accepted once; accepted again it is the same, and makes no second event', () => {
    const stage = createStage();
    stage.submit(1, 'w');
    stage.take();
    const accept = { do: 'accept', offerId: 'w~1', reason: '' };
    expect([stage.say(2, accept), stage.say(3, accept)]).toEqual(['', '']);
    expect(stage.take().filter((type) => type === 'accepted')).toHaveLength(1);
    expect(stage.say(4, { do: 'decline', offerId: 'w~1', reason: 'late' })).toBe('OFFER_NOT_OPEN');
    expect(stage.hands()).toEqual(['w ASSIGNED']);
  });

  it('an offer that was taken back stays so, also when the work is offered anew', () => {
    const stage = createStage();
    stage.submit(1, 'w');
    stage.say(2, { do: 'decline', offerId: 'w~1', reason: 'busy' });
    expect(stage.say(3, { do: 'accept', offerId: 'w~1', reason: '' })).toBe('OFFER_NOT_OPEN');
    stage.pass(63);
    expect(stage.item('w')).toMatchObject({ state: 'OFFERED', offerId: 'w~2', arrivedAt: START + S });
    expect(stage.say(64, { do: 'accept', offerId: 'w~1', reason: '' })).toBe('OFFER_NOT_OPEN');
    expect(stage.say(64, { do: 'accept', offerId: 'w~2', reason: '' })).toBe('');
    expect(stage.say(64, { do: 'accept', offerId: 'v~1', reason: '' })).toBe('OFFER_NOT_FOUND');
  });

  it('an offer that has run out is not accepted, also when nobody has looked at it yet', () => {
    const stage = createStage();
    stage.submit(1, 'w');
    expect(stage.say(21, { do: 'accept', offerId: 'w~1', reason: '' })).toBe('OFFER_EXPIRED');
    expect(stage.item('w').state).toBe('OFFERED');
    stage.pass(21);
    expect(stage.item('w')).toMatchObject({ state: 'QUEUED', agentId: '', arrivedAt: START + S });
    expect(stage.tenant.agentStates.get('ann')!.state).toMatchObject({ presence: 'NOT_READY', load: [] });
    expect(stage.say(22, { do: 'accept', offerId: 'w~1', reason: '' })).toBe('OFFER_NOT_OPEN');
  });
});

describe('a clock that jumps', () => {
  it('ahead: what is due happens once, and nothing is left over', () => {
    const stage = createStage();
    stage.submit(1, 'w');
    stage.take();
    stage.pass(86_400);
    stage.pass(86_400);
    expect(stage.take()).toEqual(['timed_out', 'presence_changed']);
    stage.say(86_401, { do: 'set_presence', agentId: 'ann', to: 'AVAILABLE', reason: '', setBy: 'ann' });
    expect(stage.item('w')).toMatchObject({ state: 'OFFERED', offerId: 'w~2', offerExpiresAt: START + 86_421 * S });
  });

  it('back: offers made since expire by the new time, older ones by theirs, and no wait is below nothing', () => {
    const stage = createStage();
    stage.submit(3_600, 'w');
    stage.submit(10, 'v');
    expect([stage.item('w').offerExpiresAt, stage.item('v').offerExpiresAt]).toEqual([
      START + 3_620 * S,
      START + 30 * S,
    ]);
    expect(stage.say(12, { do: 'accept', offerId: 'w~1', reason: '' })).toBe('');
    expect(stage.say(13, { do: 'complete', workItemId: 'w', reason: '', skipWrapUp: true })).toBe('');
    stage.pass(30);
    expect(stage.item('v').state).toBe('QUEUED');
    const done = stage.tenant.work.get('w')!.state;
    for (const { enteredAt, leftAt } of done.stays) expect(leftAt).toBeGreaterThanOrEqual(enteredAt);
    expect(Math.min(...stage.tenant.handledIn('q'))).toBeGreaterThanOrEqual(0);
    const report = reportOf([done], 'q', goal, START, START + 7_200 * S);
    expect(JSON.stringify(report)).not.toContain('-');
  });
});
