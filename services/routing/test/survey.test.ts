import fc from 'fast-check';
import type { Decision } from '../src/domain/decision';
import { recordDecision } from '../src/domain/decision';
import type { Candidate, Demand } from '../src/domain/demand';
import { surveyAgents } from '../src/domain/judge';
import { plainRule } from '../src/domain/plan';
import { createStandingSurvey } from '../src/domain/survey';
import type { WorkItem } from '../src/domain/work-item';
import { evolve } from '../src/domain/work-item';
import { packDecisions, unpackDecisions } from '../src/outbound/decision-text';
import { createDemands } from '../src/use-cases/demands';
import { createSurveys } from '../src/use-cases/surveys';

const demand: Demand = {
  queueIds: ['q'],
  channel: 'chat',
  needs: [{ skillId: 'french', minProficiency: 2 }],
  preferredAgentId: '',
  excludedAgentIds: [],
  selection: 'LONGEST_IDLE',
  pointsPerMinute: 1,
};
const anyAgent = (ids: string[]) =>
  fc.record({
    agentId: fc.constantFrom(...ids),
    queueIds: fc.constantFrom(['q'], ['q', 'r'], ['r']),
    skills: fc.constantFrom<Record<string, number>>({}, { french: 1 }, { french: 4 }),
    open: fc.constantFrom(['chat'], ['chat', 'email'], []),
    idleSince: fc.nat(3),
    occupancy: fc.constantFrom(0, 0.5),
    presence: fc.constantFrom('AVAILABLE', 'NOT_READY'),
    reason: fc.constant(''),
    hardLately: fc.constantFrom(undefined, 1, 2),
  });
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const shown = { mostAble: 2, most: 4 };

describe('a survey that is kept up to date', () => {
  it('finds what looking at everybody finds, after any changes', () => {
    const change = fc.oneof(anyAgent(ids), fc.constantFrom(...ids));
    fc.assert(
      fc.property(
        fc.constantFrom('LONGEST_IDLE', 'LEAST_OCCUPIED', 'FEWEST_HARD_CONTACTS'),
        fc.array(change),
        (selection, changes) => {
          const asked = { ...demand, selection } as Demand;
          const survey = createStandingSurvey(asked);
          const all = new Map<string, Candidate>();
          for (const one of changes) {
            if (typeof one === 'string') {
              all.delete(one);
              survey.drop(one);
            } else {
              all.set(one.agentId, one);
              survey.set(one);
            }
          }
          expect(survey.found(shown)).toEqual(surveyAgents(asked, [...all.values()], shown));
        },
      ),
    );
  });

  it('follows agents through the changes it is told of, and looks at everybody again after they changed queues', () => {
    const candidates = new Map<string, Candidate>();
    const members = new Set(['a', 'b']);
    const surveys = createSurveys({
      candidateOf: (id) => candidates.get(id),
      agentsOfQueue: (id) => (id === 'q' ? members : new Set()),
    });
    const put = (agentId: string, over: Partial<Candidate> = {}) => {
      candidates.set(agentId, {
        agentId,
        queueIds: ['q'],
        skills: { french: 3 },
        open: ['chat'],
        idleSince: 1,
        occupancy: 0,
        presence: 'AVAILABLE',
        reason: '',
        ...over,
      });
      surveys.changed(agentId);
    };
    put('a');
    put('b', { idleSince: 2 });
    const names = (agentId: string) => surveys.of(demand, agentId).judged.map(({ agent }) => agent.agentId);
    expect(names('a')).toEqual(['a', 'b']);
    put('a', { idleSince: 3 });
    expect(names('b')).toEqual(['b', 'a']);
    put('a', { open: [] });
    expect(surveys.of(demand, 'b').skipped).toEqual({ NO_CAPACITY: 1 });
    members.add('c');
    surveys.forget();
    put('c', { idleSince: 0 });
    expect(names('c')).toEqual(['c', 'b', 'a']);
    candidates.delete('c');
    surveys.changed('c');
    expect(names('b')).toEqual(['b', 'a']);
  });
});

it('what is asked for again is the same object until the rule, the step, the rate or the channel differs', () => {
  const demandOf = createDemands();
  const step = { afterSeconds: 10, dropSkillIds: [], maxRequiredProficiency: 1, widenQueueIds: [] };
  const rule = { ...plainRule('q'), relaxation: [step] };
  const wait = { queuedAt: 0, preferredAgentId: '', excludedAgentIds: [] };
  const first = demandOf(rule, 1, 'chat', wait, 0);
  expect(demandOf(rule, 1, 'chat', wait, 9_000)).toBe(first);
  for (const other of [
    demandOf(rule, 1, 'chat', wait, 10_000),
    demandOf(rule, 2, 'chat', wait, 0),
    demandOf(rule, 1, 'email', wait, 0),
    demandOf({ ...rule }, 1, 'chat', wait, 0),
    demandOf(rule, 1, 'chat', { ...wait, excludedAgentIds: ['a'] }, 0),
    demandOf(rule, 1, 'chat', { ...wait, borrowQueueIds: ['r'] }, 0),
  ])
    expect(other).not.toBe(first);
  expect(demandOf(rule, 1, 'chat', { ...wait, preferredAgentId: 'a' }, 0).preferredAgentId).toBe('a');
});

it('decisions of a row are the same after they were written together', () => {
  const rule = plainRule('q');
  const placement = { queueId: 'q', policyId: 'p', policyVersion: 3, ruleName: rule.name, passedRules: [] };
  const decision = (id: string, agents: Candidate[]): Decision => {
    const origin = {
      id,
      tenantId: 't',
      conversationId: id,
      contactPoint: '',
      channel: 'chat',
      priority: 'HIGH' as const,
      subject: '',
      language: 'fr',
      topic: 'bills',
      attributes: { tier: 'gold' },
      arrivedAt: 1,
    };
    const item: WorkItem = evolve(undefined, {
      type: 'queued',
      at: 5,
      origin,
      placement,
      fixedQueueId: '',
      preferredAgentId: '',
    });
    const survey = surveyAgents(demand, agents, { mostAble: 2, most: 5 });
    return recordDecision({
      id: `${id}~1`,
      item,
      rule,
      policy: undefined,
      pointsPerMinute: 1,
      wait: { queuedAt: 5, preferredAgentId: '', excludedAgentIds: [] },
      demand,
      survey,
      agent: agents[0]!,
      ahead: [{ id: 'other', demand: { ...demand, channel: 'voice' }, score: 1e9 }],
      now: 60_000,
    });
  };
  fc.assert(
    fc.property(fc.array(fc.array(anyAgent(ids), { minLength: 1 }), { minLength: 1, maxLength: 4 }), (rounds) => {
      const made = rounds.map((agents, i) => decision(`w${i}`, agents));
      const text = packDecisions(made);
      expect(unpackDecisions('t', text)).toEqual(made);
      // However many agents share a reason, it is written once.
      const reasons = (JSON.parse(text).skips as object[]).map((skip) => JSON.stringify(skip));
      expect(reasons).toEqual([...new Set(reasons)]);
    }),
  );
});
