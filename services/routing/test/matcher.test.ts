import fc from 'fast-check';
import type { Candidate, Demand } from '../src/domain/demand';
import { cannotTake, compareAgents, judgeAgents, surveyAgents } from '../src/domain/judge';
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
// `expect` takes a hundred times as long, and these run by the hundred thousand.
const same = (found: unknown, wanted: unknown): void => {
  if (found !== wanted && JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted);
};
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
  const lane = fc.constantFrom('chat', 'voice', 'chat!', 'voice!');
  const queue = fc.constantFrom('q1', 'q2', 'q3');
  const agentId = fc.constantFrom(...'abcdefghijklmn');
  const itemId = fc.nat({ max: 30 }).map((i) => `i${i}`);
  const anyAgent = fc.record({
    agentId,
    queueIds: fc.uniqueArray(queue, { minLength: 1 }),
    skills: fc.dictionary(skill, fc.integer({ min: 1, max: 5 })),
    open: fc.uniqueArray(lane),
    idleSince: fc.integer({ min: 0, max: 5 }),
    occupancy: fc.constantFrom(0, 0.5),
    presence: fc.constant('AVAILABLE'),
    reason: fc.constant(''),
    hardLately: fc.constantFrom(undefined, 1, 2),
  });
  const anyDemand = fc.record({
    queueIds: fc.uniqueArray(queue, { minLength: 1 }),
    channel,
    needs: fc.uniqueArray(fc.record({ skillId: skill, minProficiency: fc.integer({ min: 1, max: 5 }) }), {
      selector: ({ skillId }) => skillId,
      maxLength: 3,
    }),
    preferredAgentId: fc.constantFrom('', '', '', 'a'),
    excludedAgentIds: fc.constantFrom([], [], ['b']),
    selection: fc.constantFrom('LONGEST_IDLE' as const, 'LEAST_OCCUPIED' as const, 'FEWEST_HARD_CONTACTS' as const),
    pointsPerMinute: fc.constantFrom(0, 1),
    pressing: fc.constantFrom(undefined, undefined, true),
  });
  // Few kinds, so that lines are shared, and are met again after they were forgotten.
  const KINDS = 8;
  const kinds = fc.array(anyDemand, { minLength: KINDS, maxLength: KINDS });
  const anyItem = fc.record({
    id: itemId,
    standing: fc.integer({ min: 0, max: 5 }),
    kind: fc.nat({ max: KINDS - 1 }),
  });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('agent' as const), agent: anyAgent }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), id: agentId }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('item' as const), item: anyItem }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), id: itemId }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('match' as const),
        most: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
      }),
    },
  );
  const NOW = 120_000;

  /** The same rules, with everybody and everything looked at one by one. */
  const plainMatcher = () => {
    const agents = new Map<string, Candidate>();
    const items = new Map<string, { id: string; demand: Demand; standing: number }>();
    const freshAgents = new Set<string>();
    const freshItems = new Set<string>();
    type Item = { id: string; demand: Demand; standing: number };
    const score = (item: Item) => item.standing + item.demand.pointsPerMinute * 2;
    const byScore = (a: Item, b: Item) => score(b) - score(a) || (a.id < b.id ? -1 : 1);
    const bestItem = (one: Candidate) =>
      [...items.values()].filter((item) => !cannotTake(item.demand, one)).sort(byScore)[0];
    const bestAgent = (item: Item) => judgeAgents(item.demand, [...agents.values()]).chosen;
    const setAgent = (one: Candidate) => {
      agents.set(one.agentId, one);
      if (one.open.length > 0) freshAgents.add(one.agentId);
      else freshAgents.delete(one.agentId);
    };
    const remove = (id: string) => {
      freshItems.delete(id);
      return items.delete(id);
    };
    return {
      agents,
      items,
      score,
      setAgent,
      removeAgent(id: string) {
        agents.delete(id);
        freshAgents.delete(id);
      },
      add(item: Item) {
        items.set(item.id, item);
        freshItems.add(item.id);
      },
      remove,
      bestItem,
      bestAgent,
      match(take: (agentId: string) => Candidate, most: number) {
        const pairs: { itemId: string; agentId: string }[] = [];
        const pair = (item: Item, agentOfIt: string) => {
          remove(item.id);
          pairs.push({ itemId: item.id, agentId: agentOfIt });
          setAgent(take(agentOfIt));
        };
        while (freshAgents.size > 0 && pairs.length < most) {
          const round = [...freshAgents].map((id) => agents.get(id)!);
          round.sort((a, b) => compareAgents('LONGEST_IDLE', a, b));
          for (const one of round) {
            if (!freshAgents.has(one.agentId) || pairs.length >= most) continue;
            const item = bestItem(agents.get(one.agentId)!);
            if (item) pair(item, bestAgent(item)!.agentId);
            else freshAgents.delete(one.agentId);
          }
        }
        for (const item of [...freshItems].map((id) => items.get(id)!).sort(byScore)) {
          if (pairs.length >= most) break;
          const chosen = bestAgent(item);
          if (chosen) pair(item, chosen.agentId);
          freshItems.delete(item.id);
        }
        return pairs;
      },
    };
  };

  it.each([
    ['as it ships', {}],
    ['forgetting lines at once, and seating everybody', { spareLines: Number.NEGATIVE_INFINITY, mostUnseated: 0 }],
  ])('always agrees with looking at everybody, one by one: %s', (_, limits) => {
    fc.assert(
      fc.property(kinds, fc.array(step, { maxLength: 60, size: 'max' }), (demands, steps) => {
        const matcher = createMatcher(limits);
        const plain = plainMatcher();
        // Taking one contact leaves room for another half of the time.
        const after = (id: string): Candidate => {
          const one = plain.agents.get(id)!;
          return one.occupancy === 0 ? { ...one, occupancy: 0.5 } : busy(one);
        };
        for (const one of steps) {
          if (one.do === 'agent') {
            plain.setAgent(one.agent);
            matcher.setAgent(one.agent);
          } else if (one.do === 'leave') {
            plain.removeAgent(one.id);
            matcher.removeAgent(one.id);
          } else if (one.do === 'item') {
            const { id, standing, kind } = one.item;
            plain.add({ id, standing, demand: demands[kind]! });
            matcher.add({ id, standing, demand: demands[kind]! });
          } else if (one.do === 'cancel') {
            expect(matcher.remove(one.id)).toBe(plain.remove(one.id));
          } else {
            const before = new Map(plain.agents);
            const expected = plain.match(after, one.most);
            // The second matcher takes from the same hands.
            const now = new Map(before);
            const take = ({ agentId: id }: { agentId: string }) => {
              const had = now.get(id)!;
              now.set(id, had.occupancy === 0 ? { ...had, occupancy: 0.5 } : busy(had));
              return now.get(id)!;
            };
            expect(matcher.match(NOW, take, one.most)).toEqual(expected);
          }
          same(matcher.size(), plain.items.size);
          for (const item of plain.items.values()) {
            same(matcher.has(item.id), true);
            same(matcher.bestAgentFor(item.id), plain.bestAgent(item)?.agentId);
          }
          for (const left of plain.agents.values()) {
            const best = plain.bestItem(left);
            same(matcher.bestItemFor(left.agentId, NOW), best?.id);
            const above = best ? plain.score(best) : 4;
            const mine = (item: { demand: Demand }) =>
              item.demand.preferredAgentId
                ? item.demand.preferredAgentId === left.agentId
                : item.demand.queueIds.some((id) => left.queueIds.includes(id));
            const better = [...plain.items.values()].filter((item) => mine(item) && plain.score(item) > above);
            better.sort((a, b) => plain.score(b) - plain.score(a) || (a.id < b.id ? -1 : 1));
            const first = matcher.firstFor(left.agentId, NOW, 3, above).map(({ id }) => id);
            same(
              first,
              better.slice(0, 3).map(({ id }) => id),
            );
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  it('a survey shows the first of the whole judgement, and counts everybody', () => {
    fc.assert(
      fc.property(
        anyDemand,
        fc.uniqueArray(anyAgent, { selector: ({ agentId: id }) => id, maxLength: 14 }),
        (asked, all) => {
          const { judged } = judgeAgents(asked, all);
          const able = judged.filter(({ skip }) => !skip || skip.reason === 'OTHERS_COME_FIRST').slice(0, 2);
          const unable = judged.filter(({ skip }) => skip && skip.reason !== 'OTHERS_COME_FIRST');
          const skipped: Record<string, number> = {};
          for (const { skip } of judged) if (skip) skipped[skip.reason] = (skipped[skip.reason] ?? 0) + 1;
          const survey = surveyAgents(asked, all, { mostAble: 2, most: 5 });
          expect(survey.judged.map(({ agent: { agentId: id }, skip }) => [id, skip])).toEqual(
            [...able, ...unable.slice(0, 5 - able.length)].map(({ agent: { agentId: id }, skip }) => [id, skip]),
          );
          expect(survey.skipped).toEqual(skipped);
        },
      ),
      { numRuns: 200 },
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
    const change = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 2 }), fc.nat({ max: 9 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120, size: 'max' }), (changes) => {
        const lines = createLines();
        const model = new Map<string, { line: number; standing: number }>();
        for (const [id, line, standing, push] of changes) {
          const name = `i${id}`;
          if (push && !model.has(name)) {
            model.set(name, { line, standing });
            lines.setFlags(lines.push(line, { id: name, standing }), id & 3);
          } else if (!push) {
            const slot = lines.slotOf(name);
            same(slot >= 0, model.delete(name));
            if (slot >= 0) {
              same(lines.flagsAt(slot), id & 3);
              lines.remove(slot);
              same(lines.slotOf(name), -1);
            }
          }
          for (const at of [0, 1, 2]) {
            const own = [...model].filter(([, one]) => one.line === at);
            own.sort(([a, x], [b, y]) => y.standing - x.standing || (a < b ? -1 : 1));
            const found = lines.first(at, 100);
            same(
              found.map((slot) => lines.idAt(slot)),
              own.map(([first]) => first),
            );
            for (const slot of found) same(lines.lineAt(slot), at);
            same(lines.headOf(at), found[0] ?? -1);
            same(lines.count(at), own.length);
            if (own[0]) same(lines.headStanding(at), own[0][1].standing);
            const middle = own[Math.floor(own.length / 2)];
            if (middle) same(lines.before(at, middle[1].standing, middle[0]), Math.floor(own.length / 2));
          }
        }
        expect(lines.size()).toBe(model.size);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the index of ids', () => {
  it('finds what is there and nothing else, through many changes of the same slots', () => {
    const lines = createLines();
    const model = new Set<string>();
    const wrong: string[] = [];
    for (let i = 0; i < 30_000; i++) {
      const id = `contact-${i}`;
      lines.push(i % 3, { id, standing: -i });
      model.add(id);
      const gone = `contact-${Math.floor(i * 0.7)}`;
      if (i % 2 === 0) continue;
      const slot = lines.slotOf(gone);
      if (slot >= 0 !== model.delete(gone)) wrong.push(gone);
      if (slot >= 0) lines.remove(slot);
    }
    for (let i = 0; i < 30_000; i++) {
      const id = `contact-${i}`;
      const slot = lines.slotOf(id);
      if ((slot >= 0 ? lines.idAt(slot) : '') !== (model.has(id) ? id : '')) wrong.push(id);
    }
    expect(wrong).toEqual([]);
    expect(lines.size()).toBe(model.size);
  });
});
