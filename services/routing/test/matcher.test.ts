import fc from 'fast-check';
import type { Candidate, Demand } from '../src/domain/demand';
import { cannotTake, judgeAgents } from '../src/domain/judge';
import { createLines } from '../src/domain/matcher/lines';
import { createMatcher } from '../src/domain/matcher/matcher';

const agent = (agentId: string, over: Partial<Candidate> = {}): Candidate => ({
  agentId,
  queueIds: ['q'],
  skills: {},
  open: ['chat'],
  idleSince: 0,
  occupancy: 0,
  presence: 'AVAILABLE',
  reason: '',
  ...over,
});
const demand = (over: Partial<Demand> = {}): Demand => ({
  queueIds: ['q'],
  channel: 'chat',
  needs: [],
  preferredAgentId: '',
  excludedAgentIds: [],
  selection: 'LONGEST_IDLE',
  pointsPerMinute: 1,
  ...over,
});
const busy = (candidate: Candidate): Candidate => ({ ...candidate, open: [] });

describe('the matcher', () => {
  it('gives the longest idle agent who can, and the best contact an agent can take', () => {
    const matcher = createMatcher();
    const all = [
      agent('a', { idleSince: 1 }),
      agent('b', { idleSince: 2, skills: { french: 3 } }),
      agent('c', { idleSince: 3, skills: { french: 5 } }),
    ];
    for (const one of all) matcher.setAgent(one);
    const needs = [{ skillId: 'french', minProficiency: 3 }];
    matcher.add({ id: 'x', demand: demand({ needs }), standing: 5 });
    expect(matcher.bestAgentFor('x')).toBe('b');
    matcher.add({ id: 'y', demand: demand(), standing: 9 });
    expect(matcher.bestItemFor('a', 0)).toBe('y');
    expect(matcher.bestItemFor('c', 0)).toBe('y');
    const pairs = matcher.match(0, ({ agentId }) => busy(all.find((one) => one.agentId === agentId)!));
    expect(pairs).toEqual([
      { itemId: 'y', agentId: 'a' },
      { itemId: 'x', agentId: 'b' },
    ]);
    expect(matcher.size()).toBe(0);
  });

  it('keeps a contact for its preferred agent, and from one who declined it', () => {
    const matcher = createMatcher();
    for (const id of ['a', 'b']) matcher.setAgent(agent(id));
    matcher.add({ id: 'x', demand: demand({ preferredAgentId: 'b' }), standing: 0 });
    expect(matcher.bestAgentFor('x')).toBe('b');
    expect(matcher.bestItemFor('a', 0)).toBeUndefined();
    matcher.add({ id: 'x', demand: demand({ excludedAgentIds: ['a'] }), standing: 0 });
    expect(matcher.bestItemFor('a', 0)).toBeUndefined();
    expect(matcher.bestItemFor('b', 0)).toBe('x');
  });

  it('least occupied comes before longest idle when the rule says so', () => {
    const matcher = createMatcher();
    matcher.setAgent(agent('a', { idleSince: 1, occupancy: 0.6 }));
    matcher.setAgent(agent('b', { idleSince: 9, occupancy: 0.3 }));
    matcher.add({ id: 'x', demand: demand({ selection: 'LEAST_OCCUPIED' }), standing: 0 });
    expect(matcher.bestAgentFor('x')).toBe('b');
  });

  it('more than 32 skills and channels do not run into each other', () => {
    const matcher = createMatcher();
    const skills = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`s${i}`, (i % 5) + 1]));
    for (let i = 0; i < 40; i++) matcher.setAgent(agent(`n${i}`, { open: [`ch${i}`] }));
    matcher.setAgent(agent('all', { skills, open: ['ch36'] }));
    const needs = [{ skillId: 's69', minProficiency: 5 }];
    matcher.add({ id: 'x', demand: demand({ needs, channel: 'ch36' }), standing: 0 });
    expect(matcher.bestAgentFor('x')).toBe('all');
    matcher.add({ id: 'y', demand: demand({ channel: 'ch39' }), standing: 0 });
    expect(matcher.bestAgentFor('y')).toBe('n39');
    matcher.add({
      id: 'z',
      demand: demand({ needs: [{ skillId: 's68', minProficiency: 5 }], channel: 'ch36' }),
      standing: 0,
    });
    expect(matcher.bestAgentFor('z')).toBeUndefined();
  });

  const skill = fc.constantFrom('s1', 's2', 's3');
  const channel = fc.constantFrom('chat', 'voice');
  const queue = fc.constantFrom('q1', 'q2');
  const agentId = fc.constantFrom('a', 'b', 'c', 'd');
  const anyAgent = fc.record({
    agentId,
    queueIds: fc.uniqueArray(queue, { minLength: 1 }),
    skills: fc.dictionary(skill, fc.integer({ min: 1, max: 5 })),
    open: fc.uniqueArray(channel),
    idleSince: fc.integer({ min: 0, max: 3 }),
    occupancy: fc.constantFrom(0, 0.5),
    presence: fc.constant('AVAILABLE'),
    reason: fc.constant(''),
  });
  const anyItem = fc.record({
    id: fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5', 'i6'),
    standing: fc.integer({ min: 0, max: 3 }),
    demand: fc.record({
      queueIds: fc.uniqueArray(queue, { minLength: 1 }),
      channel,
      needs: fc.uniqueArray(fc.record({ skillId: skill, minProficiency: fc.integer({ min: 1, max: 5 }) }), {
        selector: ({ skillId }) => skillId,
        maxLength: 2,
      }),
      preferredAgentId: fc.constantFrom('', '', '', 'a'),
      excludedAgentIds: fc.constantFrom([], [], ['b']),
      selection: fc.constantFrom('LONGEST_IDLE' as const, 'LEAST_OCCUPIED' as const),
      pointsPerMinute: fc.constantFrom(0, 1),
    }),
  });
  const step = fc.oneof(
    fc.record({ do: fc.constant('agent' as const), agent: anyAgent }),
    fc.record({ do: fc.constant('leave' as const), id: agentId }),
    fc.record({ do: fc.constant('item' as const), item: anyItem }),
    fc.record({ do: fc.constant('cancel' as const), id: fc.constantFrom('i1', 'i2', 'i3') }),
    fc.record({ do: fc.constant('match' as const) }),
  );

  it('always agrees with looking at everybody, one by one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const matcher = createMatcher();
        const agents = new Map<string, Candidate>();
        const items = new Map<string, { id: string; demand: Demand; standing: number }>();
        const now = 120_000;
        const score = (item: { demand: Demand; standing: number }) => item.standing + item.demand.pointsPerMinute * 2;
        const linear = (one: Candidate) =>
          [...items.values()]
            .filter((item) => !cannotTake(item.demand, one))
            .sort((a, b) => score(b) - score(a) || (a.id < b.id ? -1 : 1))[0]?.id;
        for (const one of steps) {
          if (one.do === 'agent') {
            agents.set(one.agent.agentId, one.agent);
            matcher.setAgent(one.agent);
          } else if (one.do === 'leave') {
            agents.delete(one.id);
            matcher.removeAgent(one.id);
          } else if (one.do === 'item') {
            items.set(one.item.id, one.item);
            matcher.add(one.item);
          } else if (one.do === 'cancel') {
            expect(matcher.remove(one.id)).toBe(items.delete(one.id));
          } else {
            const pairs = matcher.match(now, ({ agentId: id }) => {
              const taken = busy(agents.get(id)!);
              agents.set(id, taken);
              return taken;
            });
            for (const { itemId } of pairs) items.delete(itemId);
            // Nothing that could be paired is left.
            for (const left of agents.values()) expect(linear(left)).toBeUndefined();
          }
          expect(matcher.size()).toBe(items.size);
          for (const item of items.values()) {
            expect(matcher.bestAgentFor(item.id)).toBe(judgeAgents(item.demand, [...agents.values()]).chosen?.agentId);
          }
          for (const left of agents.values()) expect(matcher.bestItemFor(left.agentId, now)).toBe(linear(left));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the place in line counts everybody who comes first', () => {
    const matcher = createMatcher();
    for (let i = 0; i < 50; i++) {
      matcher.add({ id: `i${i}`, demand: demand({ channel: i % 2 ? 'chat' : 'voice' }), standing: -i });
    }
    for (const i of [0, 7, 49]) expect(matcher.position(`i${i}`, 0)).toBe(i + 1);
    expect(matcher.position('nobody', 0)).toBeUndefined();
    matcher.setAgent(agent('a'));
    expect(matcher.firstFor('a', 0, 3).map(({ id }) => id)).toEqual(['i0', 'i1', 'i2']);
  });
});

describe('waiting lines', () => {
  it('stay in order through any pushes and removals', () => {
    const change = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 2 }), fc.nat({ max: 5 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        const lines = createLines();
        const model = new Map<string, { line: number; standing: number }>();
        for (const [id, line, standing, push] of changes) {
          const name = `i${id}`;
          if (push && !model.has(name)) {
            model.set(name, { line, standing });
            lines.push(line, { id: name, standing });
          } else if (!push) {
            expect(lines.remove(name)).toBe(model.get(name)?.line ?? -1);
            model.delete(name);
          }
          for (const at of [0, 1, 2]) {
            const own = [...model].filter(([, one]) => one.line === at);
            own.sort(([a, x], [b, y]) => y.standing - x.standing || (a < b ? -1 : 1));
            expect(lines.first(at, 100).map(({ id: found }) => found)).toEqual(own.map(([found]) => found));
            expect(lines.headOf(at)?.id).toBe(own[0]?.[0]);
            const middle = own[Math.floor(own.length / 2)];
            if (middle) expect(lines.before(at, middle[1].standing, middle[0])).toBe(Math.floor(own.length / 2));
          }
        }
        expect(lines.size()).toBe(model.size);
      }),
      { numRuns: 100 },
    );
  });
});
