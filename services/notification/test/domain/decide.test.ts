import fc from 'fast-check';
import type { Book, Consent } from '../../src/domain/book/book';
import { emptyBook } from '../../src/domain/book/book';
import type { Ask, Verdict } from '../../src/domain/book/decide';
import { decide } from '../../src/domain/book/decide';
import { joinBooks } from '../../src/domain/book/wishes';
import type { ContactPolicy, MessageClass } from '../../src/domain/policy/policy';
import { builtInPolicy } from '../../src/domain/policy/policy';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const noon = Date.parse('2026-06-01T12:00:00Z');
const night = Date.parse('2026-06-01T23:00:00Z');

const consent: Consent = {
  id: 'c1',
  channel: 'email',
  topic: '',
  givenAt: 0,
  source: 'form',
  wording: 'Yes, send me offers',
  evidence: 'form 7',
  actor: 'web',
};
const agreed: Book = { ...emptyBook('ada'), consents: [consent] };
const ask = (change: Partial<Ask> = {}): Ask => ({
  id: 'n1',
  messageClass: 'promotional',
  channel: 'email',
  topic: 'offers',
  department: 'sales',
  createdAt: noon,
  zones: [],
  size: 100,
  ...change,
});
const policy: ContactPolicy = { ...builtInPolicy, postalAddress: 'Acme Ltd, 1 Main Street, Springfield' };
const shown = (verdict: Verdict): string => [verdict.kind, 'reason' in verdict ? verdict.reason : ''].join(' ').trim();

describe('one decision', () => {
  it.each<[string, Book, Partial<Ask>, number, Partial<ContactPolicy>]>([
    ['granted', agreed, {}, noon, {}],
    ['refused CONSENT_MISSING', emptyBook('ada'), {}, noon, {}],
    ['granted', emptyBook('ada'), {}, noon, { consentRequired: false }],
    ['refused CONSENT_MISSING', agreed, { channel: 'sms' }, noon, {}],
    ['refused CONSENT_MISSING', { ...agreed, consents: [{ ...consent, withdrawnAt: 1 }] }, {}, noon, {}],
    ['refused CONSENT_MISSING', { ...agreed, consents: [{ ...consent, topic: 'news' }] }, {}, noon, {}],
    ['granted', emptyBook('ada'), { messageClass: 'service' }, noon, {}],
    [
      'refused OPTED_OUT',
      { ...agreed, optOuts: [{ topic: '', channel: '', at: 1, source: 'one_click' }] },
      {},
      noon,
      {},
    ],
    ['granted', { ...agreed, optOuts: [{ topic: 'news', channel: '', at: 1, source: 'page' }] }, {}, noon, {}],
    // Service messages: a topic that was named is not written about, no promotions at all is another matter.
    [
      'refused OPTED_OUT',
      { ...agreed, optOuts: [{ topic: 'surveys', channel: '', at: 1, source: 'page' }] },
      { messageClass: 'service', topic: 'surveys' },
      noon,
      {},
    ],
    [
      'granted',
      { ...agreed, optOuts: [{ topic: 'surveys', channel: 'sms', at: 1, source: 'page' }] },
      { messageClass: 'service', topic: 'surveys' },
      noon,
      {},
    ],
    [
      'granted',
      { ...agreed, optOuts: [{ topic: '', channel: '', at: 1, source: 'one_click' }] },
      { messageClass: 'service', topic: 'surveys' },
      noon,
      {},
    ],
    [
      'granted',
      { ...agreed, optOuts: [{ topic: 'surveys', channel: '', at: 1, source: 'page' }] },
      { messageClass: 'transactional', topic: 'surveys' },
      noon,
      {},
    ],
    [
      'refused CUSTOMER_AT_RISK',
      { ...agreed, risks: [{ reason: 'broken promise', until: noon + 1, source: '' }] },
      {},
      noon,
      {},
    ],
    ['granted', { ...agreed, risks: [{ reason: 'broken promise', until: noon, source: '' }] }, {}, noon, {}],
    [
      'granted',
      { ...agreed, risks: [{ reason: 'x', until: noon + 1, source: '' }] },
      { messageClass: 'service' },
      noon,
      {},
    ],
    ['refused ADDRESS_SUPPRESSED', agreed, { messageClass: 'transactional', suppressed: 'hard_bounce' }, noon, {}],
    ['granted', agreed, { messageClass: 'transactional', suppressed: 'opt_out' }, noon, {}],
    ['refused ADDRESS_SUPPRESSED', agreed, { suppressed: 'opt_out' }, noon, {}],
    ['held QUIET_HOURS', agreed, {}, night, {}],
    ['granted', agreed, { messageClass: 'service' }, night, {}],
    [
      'granted',
      { ...agreed, zone: { name: 'Asia/Shanghai', source: 'profile' } },
      { createdAt: night },
      night + 2 * HOUR,
      {},
    ],
    ['held PAUSED', { ...agreed, pausedUntil: noon + HOUR }, { messageClass: 'service' }, noon, {}],
    ['granted', { ...agreed, pausedUntil: noon + HOUR }, { messageClass: 'transactional' }, noon, {}],
    ['refused EXPIRED', agreed, { expiresAt: noon }, noon, {}],
    // Mails that sell say where their sender lives, nothing else has to.
    ['refused POSTAL_ADDRESS_MISSING', agreed, {}, noon, { postalAddress: '' }],
    ['granted', agreed, { messageClass: 'service' }, noon, { postalAddress: '' }],
    ['granted', emptyBook('ada'), { channel: 'sms' }, noon, { postalAddress: '', consentRequired: false }],
    ['refused CONSENT_MISSING', emptyBook('ada'), {}, noon, { postalAddress: '' }],
    ['refused QUIET_HOURS', agreed, { createdAt: night, expiresAt: night + HOUR }, night, {}],
    [
      'refused BUDGET_SPENT',
      agreed,
      {},
      noon,
      { budget: [{ name: 'never', windowMs: DAY, most: 0, holds: ['promotional'] }] },
    ],
  ])('%s', (expected, book, asked, now, rules) => {
    expect(shown(decide(book, ask(asked), { ...policy, ...rules }, now).verdict)).toBe(expected);
  });

  it('asked again, says the same and counts once', () => {
    const first = decide(agreed, ask(), policy, noon);
    const again = decide(first.book, ask(), policy, noon + DAY);
    expect(again.verdict).toEqual(first.verdict);
    expect(again.book).toBe(first.book);
  });

  it('holds what is over the budget until there is room, in the day', () => {
    const { book } = decide(agreed, ask(), policy, noon);
    const { verdict } = decide(book, ask({ id: 'n2' }), policy, noon + HOUR);
    expect(verdict).toMatchObject({ kind: 'held', reason: 'BUDGET_SPENT', until: noon + DAY });
  });

  it('what waited goes out as one, and counts as one', () => {
    let book = agreed;
    for (const id of ['n1', 'n2', 'n3']) book = decide(book, ask({ id }), policy, noon).book;
    expect(book.held.map(({ id }) => id)).toEqual(['n2', 'n3']);
    const { verdict, book: after } = decide(book, ask({ id: 'n3' }), policy, noon + DAY);
    expect(verdict).toEqual({ kind: 'granted', together: ['n2'] });
    expect(decide(after, ask({ id: 'n2' }), policy, noon + DAY).verdict).toEqual({ kind: 'joined', into: 'n3' });
    expect(decide(after, ask({ id: 'n3' }), policy, noon + DAY).verdict).toEqual({ kind: 'granted', together: ['n2'] });
    expect(after.held).toEqual([]);
  });

  it('what does not fit into one message is not cut: it waits for its own turn', () => {
    let book: Book = { ...agreed, consents: [{ ...consent, channel: 'sms' }] };
    const sizes = { n1: 100, n2: 900, n3: 800, n4: 500 };
    const text = (id: keyof typeof sizes) => ask({ id, channel: 'sms', size: sizes[id] });
    for (const id of ['n1', 'n2', 'n3', 'n4'] as const) book = decide(book, text(id), policy, noon).book;
    const { verdict, book: after } = decide(book, text('n2'), policy, noon + DAY);
    expect(verdict).toEqual({ kind: 'granted', together: ['n4'] });
    expect(after.held.map(({ id }) => id)).toEqual(['n3']);
    // Of those that an earlier version held nobody knows how long they are.
    const old = { ...book, held: book.held.map(({ size, ...one }) => one) };
    expect(decide(old, text('n2'), policy, noon + DAY).verdict).toEqual({ kind: 'granted', together: [] });
  });
});

it('two customers who turn out to be one share what either was sent and refused', () => {
  const one = decide(agreed, ask({ id: 'a' }), policy, noon).book;
  const out = { topic: 'news', channel: '' as const, at: 1, source: 'page' };
  const other = { ...decide(agreed, ask({ id: 'b' }), policy, noon).book, optOuts: [out] };
  const joined = joinBooks(one, other);
  expect(joined.granted.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  expect(joined.optOuts).toEqual([out]);
  expect(joinBooks(joined, other)).toEqual(joined);
});

const runs = { numRuns: Number(process.env['FC_RUNS'] ?? 200) };

it('whoever asks, however often and when, the windows are kept', () => {
  const classes: MessageClass[] = ['promotional', 'service', 'transactional'];
  const step = fc.record({
    id: fc.integer({ min: 0, max: 40 }),
    wait: fc.integer({ min: 0, max: 30 * HOUR }),
    messageClass: fc.constantFrom(...classes),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let book = agreed;
      let now = noon;
      const born = new Map<number, { at: number; messageClass: MessageClass }>();
      const went: { id: string; at: number; messageClass: MessageClass }[] = [];
      for (const { id, wait, messageClass } of steps) {
        now += wait;
        const first = born.get(id) ?? { at: now, messageClass };
        born.set(id, first);
        const asked = ask({ id: `n${id}`, messageClass: first.messageClass, createdAt: first.at });
        const { verdict, book: after } = decide(book, asked, policy, now);
        book = after;
        const again = went.some((one) => one.id === asked.id);
        if (verdict.kind === 'granted' && !again)
          went.push({ id: asked.id, at: now, messageClass: first.messageClass });
      }
      for (const { name, windowMs, most } of policy.budget) {
        for (const sent of went.filter((one) => one.messageClass === 'promotional')) {
          const inWindow = went.filter(({ at, id }) => at > sent.at - windowMs && at <= sent.at && id !== sent.id);
          const before = inWindow.filter((one) => went.indexOf(one) < went.indexOf(sent));
          if (before.length >= most) throw new Error(`${name} overspent`);
        }
      }
      return true;
    }),
    runs,
  );
});
