import { checkPolicy } from '../src/domain/check-setup';
import { explainDecision, replayDecision } from '../src/domain/decision';
import { dryRun } from '../src/domain/dry-run';
import { plainRule } from '../src/domain/plan';
import type { Policy, Rule, Target } from '../src/domain/setup';
import type { World } from '../src/use-cases/batch';
import { createBatch, tenantOf } from '../src/use-cases/batch';
import type { Command } from '../src/use-cases/commands';
import { run } from '../src/use-cases/commands';
import { createDue } from '../src/use-cases/due';
import type { Fact } from '../src/use-cases/ports';
import { check, matchAll } from '../src/use-cases/route';

const S = 1_000;
const START = 1_000_000_000_000;
const goal = { targetPercent: 80, thresholdSeconds: 20, shortAbandonSeconds: 5 };
const never = { noAgents: false, queueLongerThan: 0 };
const noAgents = { noAgents: true, queueLongerThan: 0 };

const target = (queueId: string, afterSeconds: number, over: Partial<Target> = {}): Target => ({
  queueId,
  afterSeconds,
  skills: [],
  boostPoints: 0,
  skipWhen: never,
  ...over,
});
const ruleOf = (over: Partial<Rule>): Rule => ({ ...plainRule('first'), name: 'all', ...over });
const policyOf = (rules: Rule[], version = 0): Policy => ({
  id: 'p',
  name: '',
  rules,
  priorityPoints: { LOW: 0, NORMAL: 5, HIGH: 10, URGENT: 20 },
  ageingPointsPerMinute: 1,
  version,
});
const agentOf = (id: string, queueIds: string[], skills: { skillId: string; proficiency: number }[] = []) => ({
  id,
  name: '',
  teamId: '',
  queueIds,
  skills,
  capacityUnits: 100,
  channelCosts: {},
  interruptions: [],
});

/** A shard's memory: commands at chosen moments, what falls due in between, offers after each. */
const createStage = (rules: Rule[]) => {
  const world: World = { tenants: new Map(), due: createDue() };
  const tenant = tenantOf(world, 't');
  const facts: Fact[] = [];
  const decisions: ReturnType<typeof createBatch>['decisions'] = [];
  const round = (now: number, work: (batch: ReturnType<typeof createBatch>) => void): void => {
    const batch = createBatch(world, new Map());
    work(batch);
    if (tenant.outdated() === 0) matchAll(batch, tenant, now, 100);
    facts.push(...batch.facts);
    decisions.push(...batch.decisions);
  };
  const pass = (seconds: number): void => {
    const until = START + seconds * S;
    for (let next = world.due.next(); next !== undefined && next <= until; next = world.due.next()) {
      const at = next;
      round(at, (batch) => {
        for (const key of world.due.take(at, 10)) check(batch, tenant, key.slice(2), at);
      });
    }
  };
  const say = (seconds: number, command: object): void => {
    pass(seconds);
    const now = START + seconds * S;
    const whole = { tenantId: 't', requestId: '', fingerprint: '', ...command } as Command;
    round(now, (batch) => void run(batch, tenant, whole, now));
  };
  for (const id of ['first', 'second', 'third', 'last'])
    say(0, { do: 'create', kind: 'queues', resource: { id, name: '', serviceLevel: goal, version: 0 } });
  for (const id of ['french', 'billing'])
    say(0, { do: 'create', kind: 'skills', resource: { id, name: '', version: 0 } });
  say(0, { do: 'create', kind: 'policies', resource: policyOf(rules) });
  return {
    tenant,
    say,
    pass,
    decisions,
    agent(seconds: number, id: string, queueIds: string[], skills: { skillId: string; proficiency: number }[] = []) {
      say(seconds, { do: 'create', kind: 'agents', resource: agentOf(id, queueIds, skills) });
      say(seconds, { do: 'set_presence', agentId: id, to: 'AVAILABLE', reason: '', setBy: id });
    },
    submit(seconds: number, id: string) {
      const about = { contactPoint: '', channel: 'chat', subject: '', language: '', topic: '', attributes: {} };
      const origin = { ...about, id, conversationId: id, priority: 'NORMAL', arrivedAt: START + seconds * S };
      say(seconds, { do: 'submit', origin, policyId: 'p', queueId: '', preferredAgentId: '' });
    },
    item: (id: string) => tenant.work.get(id)!.state,
    moves: () =>
      facts.flatMap(({ event, after }) =>
        event.type === 'overflowed'
          ? [
              `${event.from} > ${(after as { queueId: string }).queueId} ${(event.at - START) / S} ${event.reason ?? ''}`,
            ]
          : [],
      ),
  };
};

describe('targets of a rule', () => {
  it('a contact goes on from target to target at its age, by the skills and the score of each, and then overflows', () => {
    const { submit, pass, item, moves, tenant } = createStage([
      ruleOf({
        skills: [{ skillId: 'french', minProficiency: 3 }],
        relaxation: [{ afterSeconds: 25, dropSkillIds: ['billing'], maxRequiredProficiency: 2, widenQueueIds: [] }],
        targets: [
          target('second', 10, { boostPoints: 7 }),
          target('third', 20, { skills: [{ skillId: 'billing', minProficiency: 4 }] }),
        ],
        overflow: { afterSeconds: 40, queueId: 'last' },
      }),
    ]);
    submit(0, 'w');
    const asked = () => {
      const { demand, score } = tenant.matcher.firstFor('probe', START, 1)[0]!;
      return [demand.queueIds, demand.needs, score];
    };
    // Somebody who serves everything and takes nothing sees what is asked for.
    tenant.matcher.setAgent({
      agentId: 'probe',
      queueIds: ['first', 'second', 'third', 'last'],
      skills: {},
      open: [],
      idleSince: 0,
      occupancy: 0,
      presence: 'AVAILABLE',
      reason: '',
    });
    expect(asked()).toEqual([['first'], [{ skillId: 'french', minProficiency: 3 }], 5]);
    pass(10);
    expect(asked()).toEqual([['second'], [{ skillId: 'french', minProficiency: 3 }], 12]);
    pass(24);
    expect(asked()).toEqual([['third'], [{ skillId: 'billing', minProficiency: 4 }], 5]);
    pass(25);
    expect(asked()).toEqual([['third'], [], 5]);
    expect(item('w')).toMatchObject({ ruleName: 'all', fixedQueueId: '', relaxationSteps: 1, arrivedAt: START });
    pass(1_000);
    expect(moves()).toEqual([
      'first > second 10 target of rule all',
      'second > third 20 target of rule all',
      'third > last 40 ',
    ]);
    expect(item('w')).toMatchObject({ queueId: 'last', fixedQueueId: 'last', relaxationSteps: 0 });
    expect(item('w').stays.map(({ queueId, result }) => `${queueId} ${result}`)).toEqual([
      'first flow_out',
      'second flow_out',
      'third flow_out',
      'last ',
    ]);
  });

  it('a target is skipped while its condition holds, tried again, and the decision tells so and replays', () => {
    const rule = ruleOf({ targets: [target('second', 10, { skipWhen: noAgents })] });
    const { agent, submit, pass, item, moves, decisions, tenant } = createStage([rule]);
    submit(0, 'w');
    pass(60);
    expect([item('w').queueId, moves()]).toEqual(['first', []]);
    agent(65, 'ann', ['second']);
    pass(69.9);
    expect(item('w').state).toBe('QUEUED');
    pass(70);
    expect(moves()).toEqual(['first > second 70 target of rule all']);
    expect(item('w')).toMatchObject({ state: 'OFFERED', agentId: 'ann' });
    const [decision] = decisions;
    expect(explainDecision(decision!)).toContain(
      'Its targets: skipped: nobody of second is signed in; went on from first to second after 70 s.',
    );
    const policy = tenant.held.policies.get('p')!.state;
    expect(replayDecision(decision!, policy)).toMatchObject({ same: true, agentId: 'ann', differences: [] });
    expect(dryRun(decisions, policy)).toMatchObject({ decisions: 1, same: 1 });
    const without = { ...policy, rules: [ruleOf({})] };
    expect(dryRun(decisions, without).differences[0]).toMatchObject({ newQueueId: 'first' });
  });

  it('a rule whose own queue is passed over begins at the next target; when all are, the next rule is taken', () => {
    const rules = [
      ruleOf({ skipWhen: noAgents, targets: [target('second', 10, { skipWhen: noAgents }), target('third', 20)] }),
      ruleOf({ name: 'rest', queueId: 'last' }),
    ];
    const { agent, submit, item } = createStage(rules);
    submit(0, 'a');
    expect(item('a')).toMatchObject({ queueId: 'third', ruleName: 'all' });
    agent(1, 'ann', ['second']);
    submit(2, 'b');
    expect(item('b')).toMatchObject({ queueId: 'second', ruleName: 'all', state: 'OFFERED' });
    const gone = createStage([{ ...rules[0]!, targets: [target('second', 10, { skipWhen: noAgents })] }, rules[1]!]);
    gone.submit(0, 'a');
    expect(gone.item('a')).toMatchObject({ queueId: 'last', ruleName: 'rest' });
    expect(gone.item('a').passedRules).toEqual([
      { ruleName: 'all', reason: 'skipped: nobody of first is signed in' },
      { ruleName: 'all', reason: 'skipped: nobody of second is signed in' },
    ]);
  });

  it('an overflow is skipped as well, and tried again', () => {
    const overflow = { afterSeconds: 10, queueId: 'last', skipWhen: { noAgents: false, queueLongerThan: 1 } };
    const { say, submit, pass, item } = createStage([ruleOf({ overflow })]);
    submit(0, 'w');
    for (const id of ['x', 'y']) {
      const about = { contactPoint: '', channel: 'chat', subject: '', language: '', topic: '', attributes: {} };
      const origin = { ...about, id, conversationId: id, priority: 'NORMAL', arrivedAt: START };
      say(1, { do: 'submit', origin, policyId: '', queueId: 'last', preferredAgentId: '' });
    }
    pass(30);
    expect(item('w')).toMatchObject({ queueId: 'first' });
    expect(item('w').passedRules).toEqual([{ ruleName: 'all', reason: 'skipped: more than 1 wait in last' }]);
    say(35, { do: 'cancel', workItemId: 'x', reason: 'gone' });
    pass(39);
    expect(item('w').queueId).toBe('first');
    pass(40);
    expect(item('w')).toMatchObject({ queueId: 'last', fixedQueueId: 'last' });
  });

  it('what was declined after its time came goes on at once', () => {
    const { agent, say, submit, item } = createStage([ruleOf({ targets: [target('second', 10)] })]);
    agent(0, 'ann', ['first']);
    submit(1, 'w');
    expect(item('w').state).toBe('OFFERED');
    say(15, { do: 'decline', offerId: 'w~1', reason: 'busy' });
    say(15, { do: 'set_presence', agentId: 'ann', to: 'OFFLINE', reason: '', setBy: 'ann' });
    expect(item('w')).toMatchObject({ state: 'QUEUED', queueId: 'second' });
  });

  it('a new version of the policy leaves a contact at its target, or takes it where the new rule begins', () => {
    const { say, submit, pass, item, moves } = createStage([ruleOf({ targets: [target('second', 10)] })]);
    submit(0, 'w');
    pass(10);
    const update = (seconds: number, rules: Rule[]) => {
      say(seconds, { do: 'update', kind: 'policies', id: 'p', fields: { rules }, version: 0 });
      pass(seconds);
    };
    update(12, [ruleOf({ targets: [target('second', 10), target('third', 20)] })]);
    expect(item('w')).toMatchObject({ queueId: 'second', policyVersion: 2 });
    pass(20);
    expect(item('w').queueId).toBe('third');
    update(30, [ruleOf({ queueId: 'last' })]);
    expect(item('w')).toMatchObject({ queueId: 'last', policyVersion: 3, fixedQueueId: '', arrivedAt: START });
    expect(moves().at(-1)).toBe('third > last 30 version 3 of policy p');
    expect(item('w').stays.at(-1)).toMatchObject({ queueId: 'last', leftAt: 0 });
  });
});

describe('targets that cannot work are refused', () => {
  const setup = {
    skills: new Map([['french', { id: 'french', name: '', version: 1 }]]),
    teams: new Map(),
    queues: new Map(
      ['first', 'second', 'third', 'last'].map((id) => [id, { id, name: '', serviceLevel: goal, version: 1 }]),
    ),
    agents: new Map(),
    policies: new Map(),
  };
  it.each<[string, Partial<Rule>, string, string]>([
    ['an unknown queue', { targets: [target('nowhere', 5)] }, 'targets[0].queue_id', 'known'],
    ["the rule's own queue", { targets: [target('first', 5)] }, 'targets[0].queue_id', 'unique'],
    ['a queue twice', { targets: [target('second', 5), target('second', 9)] }, 'targets[1].queue_id', 'unique'],
    ['times that do not grow', { targets: [target('second', 9), target('third', 9)] }, 'targets', 'order'],
    [
      'an unknown skill',
      { targets: [target('second', 5, { skills: [{ skillId: 'klingon', minProficiency: 1 }] })] },
      'targets[0].skills[0].skill_id',
      'known',
    ],
    [
      'an overflow before the last target',
      { targets: [target('second', 9)], overflow: { afterSeconds: 9, queueId: 'last' } },
      'overflow.after_seconds',
      'order',
    ],
    [
      "an overflow into a target's queue",
      { targets: [target('second', 9)], overflow: { afterSeconds: 10, queueId: 'second' } },
      'overflow.queue_id',
      'acyclic',
    ],
  ])('%s', (_what, over, field, rule) => {
    expect(checkPolicy(policyOf([ruleOf(over)]), setup)).toEqual([
      expect.objectContaining({ field: `routing_policy.rules[0].${field}`, rule }),
    ]);
  });

  it('a circle of overflows by way of a target', () => {
    const rules = [
      ruleOf({ targets: [target('second', 5)], overflow: { afterSeconds: 10, queueId: 'third' } }),
      ruleOf({ name: 'back', queueId: 'third', overflow: { afterSeconds: 5, queueId: 'second' } }),
    ];
    expect(checkPolicy(policyOf(rules), setup).map(({ rule }) => rule)).toEqual(['acyclic']);
  });
});
