import fc from 'fast-check';
import { isBlockedPoint, isSharedByName, looksCanonical } from '../src/domain/contact';
import type { Customer, Link } from '../src/domain/customer';
import { isMember, newCustomer } from '../src/domain/customer';
import type { PointFact } from '../src/domain/identify';
import { identify, overLimit } from '../src/domain/identify';
import { checkLink, standAlone, takeIn, takeOut } from '../src/domain/link';

const baseFor = (point: string) => `base-of-${point}`;
const customer = (point: string, at = 0, more: string[] = []): Customer => {
  const one = newCustomer({ id: baseFor(point), tenantId: 't', point, shared: false, at });
  return {
    ...one,
    members: [
      ...one.members,
      ...more.map((other) => ({ base: baseFor(other), point: other, verified: true, shared: false, firstSeenAt: at })),
    ],
  };
};
const fact = (point: string, owner?: Customer, given: Partial<PointFact> = {}): PointFact => ({
  point,
  base: baseFor(point),
  blocked: false,
  shared: false,
  owner,
  ...given,
});

describe('three outcomes', () => {
  const [jane, chat, crm] = ['email:jane@example1.com', 'chat:v1', 'external:crm:abc123'];
  test.each([
    [
      'nobody is known: one customer is created from all',
      [fact(chat), fact(jane)],
      { outcome: 'create', surviving: baseFor(jane), joins: [baseFor(chat)], refused: [] },
    ],
    [
      'one is known: the other address is added',
      [fact(chat), fact(jane, customer(jane))],
      { outcome: 'add', surviving: baseFor(jane), joins: [baseFor(chat)], refused: [] },
    ],
    [
      'two are known: they merge into the older',
      [fact(chat, customer(chat, 1)), fact(jane, customer(jane, 2))],
      { outcome: 'merge', surviving: baseFor(chat), joins: [baseFor(jane)], refused: [] },
    ],
    [
      'they are one already: nothing to do',
      [fact(jane, customer(crm, 0, [jane])), fact(crm, customer(crm, 0, [jane]))],
      { outcome: 'add', surviving: baseFor(crm), joins: [], refused: [] },
    ],
    [
      'a blocked value says nothing',
      [fact(chat, customer(chat)), fact(jane, undefined, { blocked: true })],
      { outcome: 'add', surviving: baseFor(chat), joins: [], refused: ['BLOCKED_VALUE'] },
    ],
    [
      'a shared address never merges',
      [fact(chat, customer(chat)), fact(jane, customer(jane), { shared: true })],
      { outcome: 'add', surviving: baseFor(chat), joins: [], refused: ['SHARED'] },
    ],
    [
      'nothing usable is left',
      [fact(jane, undefined, { blocked: true })],
      { outcome: 'none', joins: [], refused: ['BLOCKED_VALUE'] },
    ],
    [
      'the same address twice is one',
      [fact(jane), fact(jane)],
      { outcome: 'create', surviving: baseFor(jane), joins: [], refused: [] },
    ],
  ])('%s', (_name, facts, expected) => {
    const decided = identify(facts);
    expect({
      ...decided,
      joins: decided.joins.map((join) => join.linked),
      refused: decided.refused.map(({ reason }) => reason),
    }).toMatchObject(expected);
  });

  test('W45: over the limit of one user id the mail is demoted and a new profile made', () => {
    const known = customer('external:app:abc123', 0, [jane]);
    const decided = identify([fact('external:app:abc456'), fact(jane, known)]);
    expect(decided).toMatchObject({
      outcome: 'create',
      surviving: baseFor('external:app:abc456'),
      joins: [],
      refused: [{ point: jane, reason: 'OVER_LIMIT' }],
    });
  });

  test('the weakest identifier goes first: a browser before a phone, a phone before a mail', () => {
    const known = customer('external:app:1', 0, ['chat:v1', 'phone:+49301', jane]);
    const decided = identify([fact(jane), fact('external:app:2'), fact('chat:v1', known), fact('phone:+49301', known)]);
    expect(decided.refused.map(({ point }) => point)).toEqual(['chat:v1', 'phone:+49301']);
    expect(decided).toMatchObject({
      outcome: 'create',
      surviving: baseFor('external:app:2'),
      joins: [{ linked: baseFor(jane) }],
    });
  });

  test('limits count per kind, external ids per namespace', () => {
    const mails = (n: number) => Array.from({ length: n }, (_, i) => `email:a${i}@example.org`);
    expect(overLimit(mails(5))).toEqual([]);
    expect(overLimit(mails(6))).toEqual(['email']);
    expect(overLimit(['external:crm:1', 'external:shop:1'])).toEqual([]);
    expect(overLimit(['external:crm:1', 'external:crm:2'])).toEqual(['external:crm']);
  });
});

test.each([
  ['email:info@firm.example', true],
  ['email:family@home.example', true],
  ['email:support+de@firm.example', true],
  ['email:ada@firm.example', false],
  ['phone:+4930123456', false],
])('%s is shared by its name: %s', (point, expected) => expect(isSharedByName(point)).toBe(expected));

test.each(['email:noreply@example.org', 'external:crm:null', 'phone:+266696687'])('%s is blocked', (point) =>
  expect(isBlockedPoint(point)).toBe(true),
);

test.each([
  ['email:ada@example.org', true],
  ['email:Ada@example.org', false],
  ['email:a b@example.org', false],
  ['phone:+4930', true],
  ['phone:0049', false],
  ['external:crm:1', true],
  ['external:crm', false],
  ['fax:123', false],
  ['nonsense', false],
  ['', false],
])('%p can be canonical: %s', (point, expected) => expect(looksCanonical(point)).toBe(expected));

describe('links are reversible', () => {
  const people = ['a', 'b', 'c', 'd', 'e'].map((name) => customer(`chat:${name}`));
  const find = (all: Map<string, Customer>, base: string): Customer =>
    [...all.values()].find((one) => !one.mergedInto && isMember(one, base))!;
  const pairs = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.boolean()), { minLength: 1, maxLength: 12 });

  // The oracle: people are one when live links connect them.
  const groups = (links: { a: string; b: string }[]) => {
    const parent = new Map(people.map((one) => [one.id, one.id]));
    const root = (id: string): string => (parent.get(id) === id ? id : root(parent.get(id)!));
    for (const { a, b } of links) parent.set(root(a), root(b));
    return people.map((one) =>
      people
        .filter((other) => root(other.id) === root(one.id))
        .map(({ id }) => id)
        .sort(),
    );
  };

  test('after any links and unlinks everybody belongs to exactly whom the live links say', () => {
    fc.assert(
      fc.property(pairs, (steps) => {
        const all = new Map(people.map((one) => [one.id, one]));
        const live = new Map<string, { a: string; b: string }>();
        steps.forEach(([x, y, undo], i) => {
          if (undo && live.size > 0) {
            const [id] = [...live.keys()].slice(-1 - (x % live.size));
            const holder = find(all, live.get(id!)!.a);
            const { stays, leaves } = takeOut(holder, id!, { at: i, reason: 'r' });
            all.set(stays.id, stays);
            live.delete(id!);
            if (leaves.members.length === 0) return;
            for (const { base } of leaves.members) all.set(base, { ...all.get(base)!, mergedInto: leaves.root });
            all.set(leaves.root, standAlone(all.get(leaves.root)!, leaves));
            return;
          }
          const [one, other] = [find(all, people[x]!.id), find(all, people[y]!.id)];
          if (one.id === other.id)
            return expect(() => checkLink(one, other)).toThrow(expect.objectContaining({ reason: 'ALREADY_LINKED' }));
          const link: Link = {
            id: `l${i}`,
            a: people[x]!.id,
            b: people[y]!.id,
            surviving: one.id,
            linked: other.id,
            evidence: 'e',
            confidence: 100,
            actor: { kind: 'k', id: '', displayName: '' },
            at: i,
          };
          all.set(one.id, takeIn(one, other, link));
          all.set(other.id, { ...other, mergedInto: one.id });
          live.set(link.id, link);
          return undefined;
        });
        const expected = groups([...live.values()]);
        people.forEach((one, i) => {
          const root = find(all, one.id);
          expect(root.members.map((member) => member.base).sort()).toEqual(expected[i]);
          expect(root.members[0]!.base).toBe(root.id);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('taking the same link in twice changes nothing', () => {
    const [one, other] = people as [Customer, Customer];
    const link: Link = {
      id: 'l',
      a: one.id,
      b: other.id,
      surviving: one.id,
      linked: other.id,
      evidence: 'e',
      confidence: 100,
      actor: { kind: 'k', id: '', displayName: '' },
      at: 1,
    };
    const taken = takeIn(one, other, link);
    expect(takeIn(taken, other, link)).toBe(taken);
    expect(() => takeOut(one, 'no such', { at: 1, reason: '' })).toThrow(
      expect.objectContaining({ reason: 'LINK_NOT_FOUND' }),
    );
  });
});
