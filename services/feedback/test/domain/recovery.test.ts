import type { Approval } from '../../src/domain/recovery/approval';
import { decideApproval, evolveApproval, lookAtApproval } from '../../src/domain/recovery/approval';
import type { CaseCommand, CaseKind, CaseState, CaseTerms, RecoveryCase } from '../../src/domain/recovery/case';
import { decideCase, evolveCase } from '../../src/domain/recovery/case';
import { causeTree, knownCause, newCause, standardCauses } from '../../src/domain/recovery/causes';
import type { Empowerment, RecoveryPolicy } from '../../src/domain/recovery/empowerment';
import {
  checkApprover,
  checkEmpowerment,
  judge,
  spend,
  tierFor,
  tierOfPolicy,
  usualPolicy,
} from '../../src/domain/recovery/empowerment';
import { rateOf } from '../../src/domain/recovery/improvement';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 15, 12);

const terms = (kind: CaseKind): CaseTerms => ({
  id: 'k1',
  kind,
  customerId: 'ada',
  contactPoint: 'email:ada@example.org',
  conversationId: 'c1',
  issueId: '',
  channel: 'email',
  language: 'en',
  invitationId: '',
  promiseId: '',
  what: 'the box was empty',
  ownerId: '',
  teamId: '',
  mayContact: true,
  dueAt: NOW + DAY,
});

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};

type Given = CaseCommand extends infer C ? (C extends CaseCommand ? Omit<C, 'at'> : never) : never;
const run = (state: RecoveryCase | undefined, ...commands: Given[]): RecoveryCase =>
  commands.reduce<RecoveryCase | undefined>(
    (current, command) =>
      decideCase(current, { at: NOW, ...command } as CaseCommand).reduce(evolveCase, current as RecoveryCase),
    state,
  )!;
const opened = (kind: CaseKind = 'low_score') => run(undefined, { type: 'open', terms: terms(kind) });
const advance = (to: CaseState): Given => ({ type: 'advance', to, actorId: 'sam', note: '' });
const resolve: Given = { type: 'resolve', outcome: 'recovered', actorId: 'sam', note: '' };
const cause = (more: object = {}): Given => ({
  type: 'setCause',
  cause: {
    causeId: 'process.unexplained',
    failurePointId: '',
    customerError: false,
    repeatCount: 0,
    note: '',
    ...more,
  },
});

describe('a case', () => {
  test.each<[string, CaseKind, Given[], string]>([
    ['a low score may be answered at once', 'low_score', [advance('responded')], 'accepted'],
    ['a low score may be closed at once', 'low_score', [resolve], 'accepted'],
    ['a complaint is acknowledged first', 'complaint', [advance('responded')], 'STEP_LEFT_OUT'],
    [
      'a complaint is not closed before it is answered',
      'complaint',
      [advance('acknowledged'), resolve],
      'STEP_LEFT_OUT',
    ],
    [
      'a complaint that takes every step',
      'complaint',
      [advance('acknowledged'), advance('assessed'), advance('investigated'), advance('responded'), resolve],
      'accepted',
    ],
    ['no step back', 'low_score', [advance('responded'), advance('assessed')], 'STEP_BACKWARDS'],
    ['nothing after the end', 'low_score', [resolve, advance('responded')], 'CASE_CLOSED'],
    ['no cause after the end', 'low_score', [resolve, cause()], 'CASE_CLOSED'],
    ['another outcome after the end', 'low_score', [resolve, { ...resolve, outcome: 'lost' } as Given], 'CASE_CLOSED'],
    ['the same end again', 'low_score', [resolve, resolve], 'accepted'],
  ])('%s', (_, kind, commands, expected) => {
    expect(reasonOf(() => run(opened(kind), ...commands))).toBe(expected);
  });

  test.each<[string, object, string]>([
    ['no cause, no count', { causeId: '', customerError: true }, 'CUSTOMER_ERROR_UNEXPLAINED'],
    ['a cause, no count', { customerError: true }, 'CUSTOMER_ERROR_UNEXPLAINED'],
    ['a count, no cause', { causeId: '', customerError: true, repeatCount: 12 }, 'CUSTOMER_ERROR_UNEXPLAINED'],
    ['both', { customerError: true, repeatCount: 12 }, 'accepted'],
    ['not the customer', { causeId: '' }, 'accepted'],
  ])('a customer error is closed only when explained: %s', (_, more, expected) => {
    expect(reasonOf(() => run(opened(), cause(more), resolve))).toBe(expected);
  });

  describe('that goes to somebody outside (ISO 10003)', () => {
    const escalate = (more: object = {}): Given => ({
      type: 'escalate',
      body: 'Ombudsman',
      reference: '',
      actorId: 'sam',
      note: '',
      result: '',
      ...more,
    });
    const settle = escalate({ result: 'half of it is paid back' });

    test.each<[string, Given[], string]>([
      ['not before our own answer', [escalate()], 'CASE_NOT_RESPONDED'],
      ['after our own answer', [advance('responded'), escalate()], 'accepted'],
      ['after the end', [resolve, escalate()], 'accepted'],
      ['not settled where it never was', [resolve, settle], 'DISPUTE_NOT_FOUND'],
      ['settled', [resolve, escalate(), settle, settle], 'accepted'],
      ['not settled twice', [resolve, escalate(), settle, escalate({ result: 'nothing' })], 'DISPUTE_SETTLED'],
      [
        'to an eleventh body',
        [resolve, ...Array.from({ length: 11 }, (_, i) => escalate({ body: `b${i}` }))],
        'TOO_MANY_DISPUTES',
      ],
    ])('%s', (_, commands, expected) => {
      expect(reasonOf(() => run(opened(), ...commands))).toBe(expected);
    });

    test('keeps its file number, its result and when it was settled; the same again changes nothing', () => {
      const state = run(
        opened(),
        resolve,
        escalate(),
        escalate({ reference: 'B-7' }),
        settle,
        escalate({ body: 'Court' }),
      );
      expect(state.state).toBe('closed');
      expect(state.disputes).toEqual(
        [
          { ...settle, type: undefined, at: NOW, reference: 'B-7', settledAt: NOW },
          { ...escalate({ body: 'Court' }), type: undefined, at: NOW },
        ].map(({ type: _, ...dispute }) => dispute),
      );
      expect(decideCase(state, { at: NOW + 1, ...escalate() } as CaseCommand)).toEqual([]);
      expect(decideCase(state, { at: NOW + 1, ...settle } as CaseCommand)).toEqual([]);
    });
  });

  test('a repetition changes nothing', () => {
    const state = run(opened(), advance('responded'));
    expect(decideCase(state, { at: NOW + 1, ...advance('responded') } as CaseCommand)).toEqual([]);
    expect(decideCase(state, { type: 'open', at: NOW, terms: terms('low_score') })).toEqual([]);
    expect(decideCase(state, { type: 'overdue', at: NOW })).toEqual([]);
    const told = run(state, {
      type: 'tell',
      improvementId: 'i',
      youSaid: 'a',
      weDid: 'b',
      to: 'email:a@b.example',
      language: 'en',
    });
    expect(told.told).toEqual(['i']);
  });

  test('its failure point is counted with what it cost, and no more when it is another one', () => {
    const gift = { id: 'g', at: NOW, agentId: 'sam', approverId: '', amount: 500, what: 'a voucher' };
    const state = run(
      opened(),
      cause({ failurePointId: 'box' }),
      { type: 'compensate', compensation: gift },
      cause({ failurePointId: 'label' }),
      resolve,
    );
    const sums: Record<string, Record<string, number>> = {};
    for (const { scopes, add } of state.counts) {
      const sum = (sums[scopes[0]!] ??= {});
      for (const [name, n] of Object.entries(add)) sum[name] = (sum[name] ?? 0) + n;
    }
    expect(sums).toEqual({
      'failure/box': { cases: 0, cost: 0 },
      'failure/label': { cases: 1, cost: 500 },
      cases: { cases: 1, recovered: 1, cost: 500 },
    });
    expect(new Set(state.counts.map(({ id }) => id)).size).toBe(state.counts.length);
    expect(state.counts.at(-1)?.dims).toEqual({
      class: 'process',
      cause: 'process.unexplained',
      failure_point: 'label',
      kind: 'low_score',
    });
  });
});

describe('causes', () => {
  test('there are four classes with what is known to be below them', () => {
    expect(standardCauses.filter(({ parentId }) => parentId === '').map(({ id }) => id)).toEqual([
      'people',
      'process',
      'servicescape',
      'technology',
    ]);
    expect(standardCauses.filter(({ parentId }) => parentId === 'people')).toHaveLength(6);
  });

  test('a tenant adds its own below them, once', () => {
    const own = newCause(causeTree([]), 'servicescape.signs', 'price_card', 'Price card is in the wrong place');
    expect(own).toMatchObject({ id: 'servicescape.signs.price_card', class: 'servicescape', own: true });
    const tree = causeTree([own]);
    expect(knownCause(tree, own.id)).toBe(own);
    expect(reasonOf(() => newCause(tree, 'servicescape.signs', 'price_card', 'again'))).toBe('CAUSE_EXISTS');
    expect(reasonOf(() => newCause(tree, 'weather', 'rain', 'Rain'))).toBe('CAUSE_NOT_FOUND');
  });
});

describe('empowerment', () => {
  const policy: RecoveryPolicy = { ...usualPolicy, agentCaseLimit: 1000, agentPeriodLimit: 2500, periodDays: 30 };
  const gift = (id: string, amount: number, more: object = {}) => ({
    id,
    at: NOW,
    agentId: 'sam',
    approverId: '',
    amount,
    ...more,
  });
  const spent = (...gifts: [string, number, number][]) => ({
    id: 'sam',
    gifts: gifts.map(([id, amount, daysAgo]) => ({ id, amount, at: NOW - daysAgo * DAY })),
  });
  const inCase = (amount: number) =>
    run(opened(), { type: 'compensate', compensation: { ...gift('before', amount), what: '' } });

  test.each<[string, ReturnType<typeof spent>, RecoveryCase, ReturnType<typeof gift>, string]>([
    ['within the case', spent(), opened(), gift('a', 1000), 'accepted'],
    ['beyond the case', spent(), opened(), gift('a', 1001), 'EMPOWERMENT_EXCEEDED'],
    ['beyond the case together with what was given', spent(), inCase(600), gift('a', 500), 'EMPOWERMENT_EXCEEDED'],
    ['beyond the period', spent(['x', 1000, 3], ['y', 1000, 29]), opened(), gift('a', 501), 'EMPOWERMENT_EXCEEDED'],
    [
      'within the period, as an older gift has passed',
      spent(['x', 1000, 3], ['y', 1000, 31]),
      opened(),
      gift('a', 501),
      'accepted',
    ],
    ['beyond, but somebody agreed', spent(), opened(), gift('a', 50_000, { approverId: 'lea' }), 'accepted'],
    [
      'beyond, and they agreed with themselves',
      spent(),
      opened(),
      gift('a', 50_000, { approverId: 'sam' }),
      'APPROVER_IS_AGENT',
    ],
    ['the same gift again', spent(['a', 1000, 0], ['b', 1000, 0]), opened(), gift('a', 1000), 'accepted'],
  ])('%s', (_, spending, given, one, expected) => {
    expect(reasonOf(() => spend(spending, tierOfPolicy(policy), given, one, tierOfPolicy(policy)))).toBe(expected);
  });
});

describe('tiers', () => {
  const power = (action: string, caseLimit: number, more: object = {}) => ({
    action,
    caseLimit,
    periodLimit: 3 * caseLimit,
    periodDays: 30,
    approvalLimit: 0,
    approvalMinutes: 60,
    reason: '',
    alternatives: [],
    ...more,
  });
  const tiers: Empowerment = {
    defaultTierId: 'new',
    tiers: [
      {
        id: 'new',
        name: 'New',
        powers: [
          power('voucher', 1000, { approvalLimit: 5000, reason: 'vouchers above 10 need a second pair of eyes' }),
          power('refund', 0, {
            alternatives: ['a voucher', 'a replacement'],
            reason: 'refunds are for the back office',
          }),
        ],
        approveUpTo: 0,
      },
      { id: 'senior', name: 'Senior', powers: [power('*', 5000)], approveUpTo: 4000 },
    ],
  };
  const ask = (tierId: string, action: string, amount: number, gifts: [string, number][] = []) =>
    judge(
      { id: 'sam', gifts: gifts.map(([of, given], i) => ({ id: `g${i}`, at: NOW - DAY, amount: given, action: of })) },
      tierFor(tiers, usualPolicy, tierId),
      { compensations: [] },
      { id: 'x', at: NOW, agentId: 'sam', action, amount },
    );

  test.each<[string, ReturnType<typeof ask>, object]>([
    ['alone', ask('new', 'voucher', 1000), { kind: 'allowed', left: 1000, leftInPeriod: 3000, reason: '' }],
    [
      'with agreement',
      ask('new', 'voucher', 1001),
      { kind: 'needs_approval', approvalMinutes: 60, reason: 'vouchers above 10 need a second pair of eyes' },
    ],
    ['not even with agreement', ask('new', 'voucher', 5001), { kind: 'not_allowed' }],
    [
      'no, with the reason and what else',
      ask('new', 'refund', 1),
      {
        kind: 'not_allowed',
        reason: 'refunds are for the back office',
        alternatives: ['a voucher', 'a replacement'],
      },
    ],
    ['what no power names', ask('new', 'waive_fee', 1), { kind: 'not_allowed', left: 0 }],
    ['who is in no tier is in the usual one', ask('', 'voucher', 1000), { kind: 'allowed', tierId: 'new' }],
    ['so is whose tier is gone', ask('gone', 'refund', 1), { kind: 'not_allowed', tierId: 'new' }],
    ['more trust, more rights', ask('senior', 'refund', 5000), { kind: 'allowed' }],
    ['the period counts', ask('new', 'voucher', 600, [['voucher', 2500]]), { kind: 'needs_approval', left: 500 }],
    ['each named action counts for itself', ask('new', 'voucher', 1000, [['refund', 2500]]), { kind: 'allowed' }],
    [
      'what is not named counts together',
      ask('senior', 'refund', 5000, [
        ['voucher', 9000],
        ['waive_fee', 2000],
      ]),
      { kind: 'not_allowed', left: 4000 },
    ],
  ])('%s', (_, verdict, expected) => {
    expect(verdict).toMatchObject(expected);
  });

  test('who agrees must be somebody else, and be trusted with as much', () => {
    const senior = tierFor(tiers, usualPolicy, 'senior');
    expect(reasonOf(() => checkApprover('sam', 'lea', senior, 4000))).toBe('accepted');
    expect(reasonOf(() => checkApprover('sam', 'lea', senior, 4001))).toBe('APPROVER_NOT_EMPOWERED');
    expect(reasonOf(() => checkApprover('sam', 'sam', senior, 1))).toBe('APPROVER_IS_AGENT');
  });

  test.each<[string, Empowerment, string]>([
    ['no usual tier', { ...tiers, defaultTierId: '' }, 'empowerment.default_tier_id'],
    ['a tier twice', { ...tiers, tiers: [...tiers.tiers, tiers.tiers[0]!] }, 'empowerment.tiers[2].id'],
    [
      'a power twice',
      { defaultTierId: 'a', tiers: [{ ...tiers.tiers[0]!, id: 'a', powers: [power('x', 1), power('x', 2)] }] },
      'empowerment.tiers[0].powers[1].action',
    ],
    [
      'less with agreement than alone',
      { defaultTierId: 'a', tiers: [{ ...tiers.tiers[0]!, id: 'a', powers: [power('x', 10, { approvalLimit: 9 })] }] },
      'empowerment.tiers[0].powers[0].approval_limit_minor',
    ],
  ])('refuse %s', (_, empowerment, field) => {
    expect(checkEmpowerment(empowerment).map((one) => one.field)).toEqual([field]);
  });
});

describe('an approval', () => {
  const terms = {
    id: 'a',
    agentId: 'sam',
    caseId: 'c',
    action: 'voucher',
    amount: 2000,
    what: 'x',
    reason: '',
    dueAt: NOW + 60_000,
  };
  const asked = evolveApproval(undefined, { type: 'requested', at: NOW, terms });
  const after = (approval: Approval, ...commands: Parameters<typeof decideApproval>[1][]) =>
    commands.reduce((state, command) => decideApproval(state, command).reduce(evolveApproval, state), approval);
  const grant = (at: number) => ({ type: 'grant' as const, at, approverId: 'lea', note: 'ok' });
  const deny = (at: number) => ({ type: 'deny' as const, at, approverId: 'lea', note: 'no', alternatives: ['y'] });

  test('is granted once, in time, and then given once', () => {
    expect(lookAtApproval(asked)).toBe(NOW + 60_000);
    const granted = after(asked, grant(NOW + 59_999));
    expect(granted).toMatchObject({ state: 'granted', approverId: 'lea' });
    expect(lookAtApproval(granted)).toBe(NOW + 59_999);
    expect(decideApproval(granted, grant(NOW + 99_999))).toEqual([]);
    expect(reasonOf(() => decideApproval(granted, deny(NOW + 59_999)))).toBe('APPROVAL_OVER');
    const given = after(granted, { type: 'give', at: NOW + 60_001 }, { type: 'give', at: NOW + 60_002 });
    expect([given.givenAt, lookAtApproval(given)]).toEqual([NOW + 60_001, undefined]);
  });

  test('expires when nobody answers, and is late from that moment on', () => {
    expect(decideApproval(asked, { type: 'check', at: NOW + 59_999 })).toEqual([]);
    expect(reasonOf(() => decideApproval(asked, grant(NOW + 60_000)))).toBe('APPROVAL_OVER');
    const expired = after(asked, { type: 'check', at: NOW + 60_000 });
    expect(expired.state).toBe('expired');
    expect(reasonOf(() => decideApproval(expired, grant(NOW)))).toBe('APPROVAL_OVER');
    expect(after(asked, deny(NOW))).toMatchObject({ state: 'denied', note: 'no', alternatives: ['y'] });
    expect(decideApproval(asked, { type: 'request', at: NOW, terms })).toEqual([]);
  });
});

describe('rates', () => {
  test('say how sure they are, and nothing without journeys', () => {
    expect(rateOf(0, 0, 30)).toEqual({ cases: 0, journeys: 0, days: 30 });
    const { rate, low, high } = rateOf(5, 100, 30);
    expect(rate).toBe(0.05);
    expect(low).toBeCloseTo(0.0215, 3);
    expect(high).toBeCloseTo(0.1118, 3);
  });
});
